package trace

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"vigie.example/evidence"
)

// A wal is the write-ahead log: what was acknowledged and is not sealed yet. It
// is one file of fixed size, written from its beginning again after each seal;
// room for it is taken when it is made, so a full disk does not stop it. Frames
// of before the last seal remain after the new ones: their entries are sealed,
// and recovery passes over them by their numbers.
//
// The file begins with "VWAL\x00\x00\x00\x01" and 8 random bytes, the mark. A frame is
//
//	the mark, u32 length of the records, u64 number of the first entry,
//	u32 CRC-32C of the twelve bytes before and of the records, the records
//
// The mark is unknown outside, so no source can send what looks like a frame.
type wal struct {
	disk disk
	file *os.File
	mark []byte
	size int64 // of the file
	at   int64 // where the next frame goes
	buf  []byte
}

const (
	walMagic  = "VWAL\x00\x00\x00\x01"
	walHead   = 16
	frameHead = 24
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func openWAL(d disk, path string, size int64) (*wal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	w := &wal{disk: d, file: f, size: size, at: walHead}
	if err := w.prepare(); err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

// prepare takes the room of the file and reads or writes its head. A stop in
// between leaves a head of zeros, and this begins again.
func (w *wal) prepare() error {
	info, err := w.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < w.size { // new, or larger blocks were asked for
		if err := w.disk.writeAt(w.file, make([]byte, w.size-info.Size()), info.Size()); err != nil {
			return err
		}
	}
	w.size = max(w.size, info.Size())
	head := make([]byte, walHead)
	if _, err := w.file.ReadAt(head, 0); err != nil {
		return err
	}
	w.mark = head[8:]
	if string(head[:8]) == walMagic {
		return nil
	}
	if !bytes.Equal(head, make([]byte, walHead)) {
		return fmt.Errorf("head of the write-ahead log: %w", ErrDamaged)
	}
	copy(head, walMagic)
	if _, err := rand.Read(w.mark); err != nil {
		return err
	}
	return w.disk.writeAt(w.file, head, 0)
}

// fits says whether records can be written before the next seal.
func (w *wal) fits(records int) bool { return w.at+frameHead+int64(records) <= w.size }

// append makes records durable.
func (w *wal) append(first int64, records []byte) error {
	w.buf = append(w.buf[:0], w.mark...)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(len(records)))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(first))
	crc := crc32.Update(crc32.Checksum(w.buf[8:], castagnoli), castagnoli, records)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, crc)
	w.buf = append(w.buf, records...)
	// A stop here leaves a frame whose checksum is wrong: it was not
	// acknowledged, and recovery ends before it.
	if err := w.disk.writeAt(w.file, w.buf, w.at); err != nil {
		return err
	}
	w.at += int64(len(w.buf))
	return nil
}

// reset forgets what has been sealed.
func (w *wal) reset() { w.at = walHead }

// frameAt returns the frame at a place of the file.
func (w *wal) frameAt(data []byte) (first int64, records []byte, ok bool) {
	if len(data) < frameHead || !bytes.Equal(data[:8], w.mark) {
		return 0, nil, false
	}
	length := int64(binary.LittleEndian.Uint32(data[8:]))
	if length == 0 || frameHead+length > int64(len(data)) {
		return 0, nil, false
	}
	records = data[frameHead : frameHead+length]
	crc := crc32.Update(crc32.Checksum(data[8:20], castagnoli), castagnoli, records)
	return int64(binary.LittleEndian.Uint64(data[12:])), records, crc == binary.LittleEndian.Uint32(data[20:])
}

// recover returns the records that follow entry next, which are not sealed yet.
func (w *wal) recover(next int64) (records []byte, ends []int, err error) {
	data, err := io.ReadAll(io.NewSectionReader(w.file, 0, w.size))
	if err != nil {
		return nil, nil, err
	}
	at, expect := walHead, next
	for {
		first, part, ok := w.frameAt(data[at:])
		if !ok || first > expect {
			break
		}
		partEnds, err := evidence.SplitRecords(part)
		if err != nil {
			return nil, nil, fmt.Errorf("write-ahead log, entry %d: %w", first, err)
		}
		// A batch may have been sealed in part when the program stopped between
		// two segments: only what follows the last sealed entry is taken.
		if skip := expect - first; skip < int64(len(partEnds)) {
			from := 0
			if skip > 0 {
				from = partEnds[skip-1]
			}
			for _, end := range partEnds[skip:] {
				ends = append(ends, len(records)+end-from)
			}
			records = append(records, part[from:]...)
			expect = first + int64(len(partEnds))
		}
		at += frameHead + len(part)
	}
	// A frame with later entries beyond this place is no trace of a stop in the
	// middle of a write: what precedes it was acknowledged and is damaged.
	for {
		i := bytes.Index(data[at:], w.mark)
		if i < 0 {
			break
		}
		at += i
		if first, part, ok := w.frameAt(data[at:]); ok {
			if partEnds, err := evidence.SplitRecords(part); err == nil && first+int64(len(partEnds)) > expect {
				return nil, nil, fmt.Errorf("write-ahead log: entries %d to %d: %w", expect, first-1, ErrDamaged)
			}
			at += frameHead + len(part)
			continue
		}
		at++
	}
	return records, ends, nil
}

// ErrDamaged says that something that was durable is not there any more: the
// disk or a hand altered it. The vault does not start over it.
var ErrDamaged = errors.New("damaged")
