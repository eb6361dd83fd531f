# Reads one call a line from stdin, with each argument in hex behind an x. Answers "text <hex>" or "error".
import sys

sys.path.insert(0, sys.argv[1])
from files_cookies import FilesCookies, derive_user_id, next_start  # noqa: E402

with open(sys.argv[5], "rb") as file:
    signer = FilesCookies(sys.argv[2], sys.argv[3], sys.argv[4], file.read())


def answer(call, *args):
    if call == "id":
        return derive_user_id(*args)
    if call == "start":
        start = next_start(int(args[0]) if args[0] else None, int(args[1]))
        return "" if start is None else str(start)
    user_id, *times = args[0], *map(int, args[1:])
    if call == "session":
        return signer.session(user_id, *times)
    return "\n".join(signer.set_cookies(user_id, *times) if call == "set" else signer.clear_cookies(user_id))


for line in sys.stdin:
    name, *args = line.split()
    try:
        print("text", answer(name, *(bytes.fromhex(arg[1:]).decode() for arg in args)).encode().hex())
    except ValueError:
        print("error")
