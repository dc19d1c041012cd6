package evidence

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Checkpoint is the signed state of a log (5).
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
	Raw    []byte // the whole note
}

// Text returns what is signed.
func (c *Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// ParseCheckpoint reads a checkpoint without looking at its signatures.
func ParseCheckpoint(raw []byte) (*Checkpoint, error) {
	text, _, ok := strings.Cut(string(raw), "\n\n")
	lines := strings.Split(text, "\n")
	if !ok || len(raw) > MaxLeaf || len(lines) != 3 {
		return nil, errors.New("not three lines and signatures")
	}
	c := &Checkpoint{Origin: lines[0], Raw: raw}
	var err error
	if c.Size, err = parseDecimal(lines[1]); err != nil {
		return nil, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return nil, errors.New("not a root")
	}
	copy(c.Root[:], root)
	if c.Text() != text+"\n" || !ValidOrigin(c.Origin) {
		return nil, errors.New("not in the exact form")
	}
	return c, nil
}

// SignedBy says whether the checkpoint bears a valid signature by each of the
// keys.
func (c *Checkpoint) SignedBy(vkeys ...string) bool {
	for _, key := range vkeys {
		v, err := note.NewVerifier(key)
		if err != nil || v.Name() != c.Origin {
			return false
		}
		n, err := note.Open(c.Raw, note.VerifierList(v))
		if err != nil || n.Text != c.Text() {
			return false
		}
	}
	return len(vkeys) > 0
}

// TilePath returns where the log holds a tile.
func TilePath(t tlog.Tile) string {
	return "tile" + strings.TrimPrefix(t.Path(), "tile/8")
}

// BundlePath returns where the log holds the leaves 256·n to 256·n+width-1.
func BundlePath(n int64, width int) string {
	return "tile/entries" + strings.TrimPrefix(tlog.Tile{H: 8, L: -1, N: n, W: width}.Path(), "tile/8/data")
}

// AppendBundle appends leaves as an entry bundle holds them.
func AppendBundle(dst []byte, leaves ...[]byte) []byte {
	for _, text := range leaves {
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(text)))
		dst = append(dst, text...)
	}
	return dst
}

// ParseBundle returns the leaves of an entry bundle.
func ParseBundle(data []byte) (leaves [][]byte, err error) {
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, errShort
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data)-2 < n {
			return nil, errShort
		}
		leaves = append(leaves, data[2:2+n])
		data = data[2+n:]
	}
	if len(leaves) > 256 {
		return nil, errLength
	}
	return leaves, nil
}

// A LogProof is a C2SP tlog-proof: a leaf's place in a checkpoint.
type LogProof struct {
	Index      int64
	Proof      []Hash
	Checkpoint *Checkpoint
}

const logProofLine = "c2sp.org/tlog-proof@v1"

// Text returns the proof as a file.
func (p *LogProof) Text() []byte {
	b := fmt.Appendf(nil, "%s\nindex %d\n", logProofLine, p.Index)
	return append(append(appendHashes(b, p.Proof), '\n'), p.Checkpoint.Raw...)
}

// ParseLogProof reads a tlog-proof. Signatures are not looked at.
func ParseLogProof(data []byte) (*LogProof, error) {
	head, rest, ok := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != logProofLine {
		return nil, errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	p := &LogProof{}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return nil, errors.New("no index")
	}
	var err error
	if p.Index, err = parseDecimal(lines[0][len("index "):]); err != nil {
		return nil, err
	}
	if p.Proof, err = parseHashes(lines[1:]); err != nil {
		return nil, err
	}
	p.Checkpoint, err = ParseCheckpoint([]byte(rest))
	return p, err
}

// Includes says whether the proof leads from the leaf to its checkpoint.
func (p *LogProof) Includes(leaf []byte) bool {
	return Included(p.Proof, p.Checkpoint.Size, p.Checkpoint.Root, p.Index, tlog.RecordHash(leaf))
}

// HashLines returns hashes in base64, one on a line.
func HashLines(hashes []Hash) []byte { return appendHashes(nil, hashes) }

func appendHashes(dst []byte, hashes []Hash) []byte {
	for _, h := range hashes {
		dst = append(base64.StdEncoding.AppendEncode(dst, h[:]), '\n')
	}
	return dst
}

func parseHashes(lines []string) (hashes []Hash, err error) {
	if len(lines) > 64 {
		return nil, errLength
	}
	for _, line := range lines {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != len(Hash{}) || strings.ContainsAny(line, "\r\n") {
			return nil, errors.New("not a hash")
		}
		hashes = append(hashes, Hash(h))
	}
	return hashes, nil
}

// A hashStore holds the hashes of a tree in the order of tlog.
type hashStore []Hash

func (s hashStore) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(s)) {
			return nil, errShort
		}
		out[i] = s[x]
	}
	return out, nil
}

// add appends leaf n.
func (s hashStore) add(n int64, leaf Hash) (hashStore, error) {
	more, err := tlog.StoredHashesForRecordHash(n, leaf, s)
	return append(s, more...), err
}

// root returns the root over the first n leaves.
func (s hashStore) root(n int64) (Hash, error) {
	if n == 0 {
		return Root(nil), nil
	}
	return tlog.TreeHash(n, s)
}
