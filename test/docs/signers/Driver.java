import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Reads one call a line from stdin, with each argument in hex behind an x. Answers "text (hex)" or "error". */
public class Driver {
  public static void main(String[] argv) throws Exception {
    PrivateKey key = readKey(argv[5], Files.readString(Path.of(argv[4])));
    FilesCookies signer = new FilesCookies(argv[1], argv[2], argv[3], key);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      String[] words = line.split(" ");
      String[] args = Stream.of(words).skip(1)
          .map(word -> new String(HexFormat.of().parseHex(word.substring(1)), UTF_8)).toArray(String[]::new);
      try {
        System.out.println("text " + HexFormat.of().formatHex(answer(signer, words[0], args).getBytes(UTF_8)));
      } catch (IllegalArgumentException refused) {
        System.out.println("error");
      }
    }
  }

  private static PrivateKey readKey(String algorithm, String pem) throws Exception {
    byte[] bytes = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
  }

  private static String answer(FilesCookies signer, String call, String[] args) throws Exception {
    return switch (call) {
      case "id" -> FilesCookies.deriveUserId(args[0], args[1]);
      case "start" -> {
        var start = FilesCookies.nextStart(args[0].isEmpty() ? 0 : Long.parseLong(args[0]), Long.parseLong(args[1]));
        yield start.isPresent() ? Long.toString(start.getAsLong()) : "";
      }
      case "set" -> String.join("\n", signer.setCookies(args[0], Long.parseLong(args[1]), Long.parseLong(args[2])));
      case "clear" -> String.join("\n", signer.clearCookies(args[0]));
      default -> signer.session(args[0], Long.parseLong(args[1]), Long.parseLong(args[2]));
    };
  }
}
