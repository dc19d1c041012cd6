# Checks the Merkle proofs of an evidence pack: RFC 6962, SHA-256 and nothing else.
import base64, glob, hashlib, hmac, os, sys

H = lambda b: hashlib.sha256(b).digest()
node = lambda a, b: H(b"\1" + a + b)

def root(level):                       # RFC 6962, 2.1
    while len(level) > 1:
        level = [node(*level[i:i+2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]

def follow(leaf, i, n, proof):         # RFC 9162, 2.1.3.2
    last = n - 1
    for p in proof:
        if i & 1 or i == last:
            leaf = node(p, leaf)
            while not i & 1 and i:
                i >>= 1; last >>= 1
        else:
            leaf = node(leaf, p)
        i >>= 1; last >>= 1
    return leaf

def fields(text):
    return dict(l.split(" ", 1) for l in text.decode().split("\n") if " " in l)

def say(name, good):
    print("good" if good else "WRONG", name)
    if not good: bad.append(name)

read = lambda name: open(name, "rb").read()
bad, leaves = [], {}
_, size, want = read("checkpoint").split(b"\n")[:3]
for name in glob.glob("block/*.leaf"):
    text, proof = read(name), read(name[:-5] + ".tlog-proof").split(b"\n\n")[0].split(b"\n")
    leaf = fields(text)
    leaves[int(leaf["leaf"])] = leaf
    index = int(proof[1].split()[1])
    got = follow(H(b"\0" + text), index, int(size), [base64.b64decode(p) for p in proof[2:]])
    say(name, got == base64.b64decode(want) and index == int(leaf["leaf"]))
    if os.path.exists(name[:-5] + ".log"):
        line, records = read(name[:-5] + ".log").split(b"\n", 1)
        secret, hashes, at, entry = bytes.fromhex(line.split()[1].decode()), [], 0, int(leaf["first-entry"])
        while at < len(records):
            head = records[at:at+400].split(b" ", 3)
            end = at + sum(len(h) + 1 for h in head[:3]) + int(head[2]) + 1
            hashes.append(H(b"\0" + hmac.digest(secret, entry.to_bytes(8, "big"), "sha256") + records[at:end]))
            at, entry = end, entry + 1
        say(name[:-5] + ".log", len(hashes) == int(leaf["entries"]) and root(hashes).hex() == leaf["entries-root"])
for name in glob.glob("entry/*.record"):
    proof = read(name[:-7] + ".proof")
    f, rest = fields(proof), proof.decode().split("\n")[4:-1]
    leaf = leaves[int(f["leaf"])]
    got = follow(H(b"\0" + bytes.fromhex(f["nonce"]) + read(name)), int(f["entry"]) - int(leaf["first-entry"]), int(leaf["entries"]), [base64.b64decode(p) for p in rest])
    say(name, got.hex() == leaf["entries-root"])
sys.exit(1 if bad else 0)
