<?php
// Reads one call a line from stdin, with each argument in hex behind an x. Answers "text <hex>" or "error".
declare(strict_types=1);
require "$argv[1]/FilesCookies.php";
$signer = new FilesCookies($argv[2], $argv[3], $argv[4], file_get_contents($argv[5]));
while (($line = fgets(STDIN)) !== false) {
    $words = explode(' ', trim($line));
    $call = array_shift($words);
    $args = array_map(fn ($word) => hex2bin(substr($word, 1)), $words);
    try {
        $text = match ($call) {
            'id' => FilesCookies::deriveUserId(...$args),
            'start' => (string) FilesCookies::nextStart($args[0] === '' ? null : (int) $args[0], (int) $args[1]),
            'set' => implode("\n", $signer->setCookies($args[0], (int) $args[1], (int) $args[2])),
            'clear' => implode("\n", $signer->clearCookies($args[0])),
            'session' => $signer->session($args[0], (int) $args[1], (int) $args[2]),
        };
        echo 'text ', bin2hex($text), "\n";
    } catch (InvalidArgumentException | RangeException) {
        echo "error\n";
    }
}
