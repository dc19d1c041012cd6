package evidence

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// Limits of the format.
const (
	MaxRaw     = 1 << 20  // bytes of one raw event
	MaxSource  = 255      // bytes of the name of a source
	MaxEntries = 1 << 20  // entries of one block
	MaxBytes   = 64 << 20 // bytes of the records of one block
	MaxLeaf    = 1<<16 - 1
)

// An Entry is one received event (3).
type Entry struct {
	Received int64 // microseconds since 1970
	Source   string
	Raw      []byte
}

// AppendRecord appends the canonical record of an entry whose source is valid
// and whose raw bytes are within the limit.
func AppendRecord(dst []byte, e Entry) []byte {
	dst = strconv.AppendInt(dst, e.Received, 10)
	dst = append(dst, ' ')
	dst = append(dst, e.Source...)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(len(e.Raw)), 10)
	dst = append(dst, ' ')
	dst = append(dst, e.Raw...)
	return append(dst, '\n')
}

// ValidSource says whether s can name a source.
func ValidSource(s string) bool {
	if len(s) < 1 || len(s) > MaxSource {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

var (
	errShort  = errors.New("cut short")
	errNumber = errors.New("not a number of this form")
	errSource = errors.New("not the name of a source")
	errLength = errors.New("too long")
	errEnd    = errors.New("the record does not end where it says")
)

// CutRecord returns the first record of data, the record as an entry that
// shares its memory, and its length.
func CutRecord(data []byte) (e Entry, n int, err error) {
	var length int64
	received, at, err := cutNumber(data, 0)
	if err != nil {
		return Entry{}, 0, err
	}
	end := bytes.IndexByte(data[at:min(len(data), at+MaxSource+1)], ' ')
	if end < 0 {
		return Entry{}, 0, errSource
	}
	source := string(data[at : at+end])
	if !ValidSource(source) {
		return Entry{}, 0, errSource
	}
	length, at, err = cutNumber(data, at+end+1)
	if err != nil {
		return Entry{}, 0, err
	}
	if length > MaxRaw {
		return Entry{}, 0, errLength
	}
	if int64(len(data)-at) < length+1 {
		return Entry{}, 0, errShort
	}
	stop := at + int(length)
	if data[stop] != '\n' {
		return Entry{}, 0, errEnd
	}
	return Entry{received, source, data[at:stop]}, stop + 1, nil
}

// SkipRecord is CutRecord for those who need only the instant and the length.
func SkipRecord(data []byte) (received int64, n int, err error) {
	received, at, err := skipBegin(data)
	if err == nil {
		n, err = skipEnd(data, at)
	}
	if err != nil {
		return 0, 0, err
	}
	return received, n, nil
}

// skipBegin reads the instant and the source of a record, and returns where its
// length begins.
func skipBegin(data []byte) (received int64, at int, err error) {
	received, at, err = cutNumber(data, 0)
	if err != nil {
		return 0, 0, err
	}
	start := at
	for at < len(data) && data[at] > 0x20 && data[at] < 0x7f {
		at++
	}
	if at == start || at-start > MaxSource || at == len(data) || data[at] != ' ' {
		return 0, 0, errSource
	}
	return received, at + 1, nil
}

// skipEnd reads the rest of a record, from its length on, and returns where it ends.
func skipEnd(data []byte, at int) (n int, err error) {
	length, at, err := cutNumber(data, at)
	if err != nil {
		return 0, err
	}
	if length > MaxRaw {
		return 0, errLength
	}
	if int64(len(data)-at) < length+1 {
		return 0, errShort
	}
	if data[at+int(length)] != '\n' {
		return 0, errEnd
	}
	return at + int(length) + 1, nil
}

// cutNumber reads a decimal followed by a space, and returns where what follows
// begins.
func cutNumber(data []byte, at int) (v int64, next int, err error) {
	start, u := at, uint64(0)
	for at < len(data) && data[at]-'0' <= 9 {
		u = u*10 + uint64(data[at]-'0')
		at++
	}
	if at == start || data[start] == '0' && at > start+1 || at-start > 19 || u > math.MaxInt64 { // 19 digits fit in u
		return 0, 0, errNumber
	}
	if at == len(data) {
		return 0, 0, errShort
	}
	if data[at] != ' ' {
		return 0, 0, errNumber
	}
	return int64(u), at + 1, nil
}

// parseDecimal reads a decimal of the format.
func parseDecimal(s string) (int64, error) {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 || strconv.FormatInt(v, 10) != s {
		return 0, errNumber
	}
	return v, nil
}
