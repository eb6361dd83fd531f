# Reads one call a line from stdin, with each argument in hex behind an x. Answers "text <hex>" or "error".
require File.join(ARGV[0], "files_cookies")
signer = FilesCookies.new(ARGV[1], ARGV[2], ARGV[3], File.read(ARGV[4]))
STDIN.each_line do |line|
  call, *args = line.split
  args = args.map { |arg| [arg[1..]].pack("H*").force_encoding("UTF-8") }
  text =
    case call
    when "id" then FilesCookies.derive_user_id(*args)
    when "start" then FilesCookies.next_start(args[0].empty? ? nil : args[0].to_i, args[1].to_i).to_s
    when "set" then signer.set_cookies(args[0], args[1].to_i, args[2].to_i).join("\n")
    when "clear" then signer.clear_cookies(args[0]).join("\n")
    when "session" then signer.session(args[0], args[1].to_i, args[2].to_i)
    end
  puts "text #{text.unpack1("H*")}"
rescue ArgumentError
  puts "error"
end
