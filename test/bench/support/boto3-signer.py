"""Credentials of botocore's CloudFrontSigner with a policy for each user; prints how many in one second of CPU time.

Arguments: the files' origin, a session start in epoch seconds, how long to go on in milliseconds. Standard input: a PEM key.
"""

import datetime
import sys
import time

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key

origin, start, milliseconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
key = load_pem_private_key(sys.stdin.buffer.read(), password=None)
signer = CloudFrontSigner("K", lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA1()))
begins = datetime.datetime.fromtimestamp(start)

sets = 0
end = time.monotonic() + milliseconds / 1000
before = time.process_time()
while time.monotonic() < end:
    for number in range(64):
        url = f"{origin}/users/user-{number}/*"
        expires = datetime.datetime.now() + datetime.timedelta(minutes=15)
        signer.generate_presigned_url(url, policy=signer.build_policy(url, expires, begins))
    sets += 64
print(sets / (time.process_time() - before))
