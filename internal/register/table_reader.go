package register

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	vigie "vigie.example"
)

// Limits of imported files: a hostile one is refused before it fills memory.
const (
	maxRowBytes   = 1 << 20  // of one line of CSV
	maxColumns    = 300      // of a table
	maxXLSX       = 64 << 20 // of an XLSX file, packed
	maxXLSXOpened = 512 << 20
	maxImportRows = 2_000_000
)

// A tableReader gives the lines of a CSV or XLSX file, the header first.
type tableReader struct {
	next      func() ([]string, int, error) // cells and line number; io.EOF at the end
	close     func() error
	Encoding  string // utf-8, utf-16 or windows-1252; "" for XLSX
	Separator string // "" for XLSX
	serials   bool   // dates are numbers of days, as spreadsheets keep them
}

// openTable recognises the file by its first bytes, not by its name.
func openTable(file io.ReadSeeker) (*tableReader, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(file, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, err
	}
	head = head[:n]
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.empty"}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return openXLSX(file)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.old_excel"}
	case bytes.HasPrefix(head, []byte("%PDF")):
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.not_table"}
	}
	return openCSV(file, head)
}

func openCSV(file io.ReadSeeker, head []byte) (*tableReader, error) {
	t := &tableReader{Encoding: "utf-8", close: func() error { return nil }}
	var in io.Reader = file
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		t.Encoding = "utf-16"
		in = transform.NewReader(file, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
		head, _, _ = transform.Bytes(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder(), head[:len(head)&^1])
	default:
		ok, err := isUTF8(file)
		if err != nil {
			return nil, err
		}
		if !ok {
			t.Encoding = "windows-1252"
			in = transform.NewReader(file, charmap.Windows1252.NewDecoder())
			head, _, _ = transform.Bytes(charmap.Windows1252.NewDecoder(), head)
		}
	}
	guard := &guardedReader{in: in}
	buffered := bufio.NewReader(guard)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		buffered.Discard(3)
	}
	comma := separator(string(head))
	t.Separator = string(comma)
	r := csv.NewReader(buffered)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
	t.next = func() ([]string, int, error) {
		guard.since = 0
		cells, err := r.Read()
		line := 0
		if len(cells) > 0 {
			line, _ = r.FieldPos(0)
		}
		if perr := (*csv.ParseError)(nil); errors.As(err, &perr) {
			return nil, perr.Line, lineError(perr.Line, "import.quotes")
		}
		if e, ok := errors.AsType[*vigie.Error](err); ok {
			return nil, guard.line + 1, lineError(guard.line+1, e.Key)
		}
		return cells, line, err
	}
	return t, nil
}

// lineError is an error of the file itself, at a line.
func lineError(line int, key string, args ...any) error {
	return &vigie.Error{Code: vigie.Invalid, Key: key, Args: append([]any{line}, args...)}
}

// isUTF8 reads the whole file, and rewinds it: a file in another encoding often
// begins with plain ASCII.
func isUTF8(file io.ReadSeeker) (bool, error) {
	buf := make([]byte, 256<<10)
	kept := 0
	ok := true
	for ok {
		n, err := file.Read(buf[kept:])
		chunk := buf[:kept+n]
		for len(chunk) > 0 && ok {
			r, size := utf8.DecodeRune(chunk)
			if r == utf8.RuneError && size <= 1 {
				if !utf8.FullRune(chunk) && err == nil {
					break // cut by the buffer
				}
				ok = false
			}
			if r < utf8.RuneSelf { // the common case, at speed
				i := bytes.IndexFunc(chunk, func(r rune) bool { return r >= utf8.RuneSelf })
				if i < 0 {
					i = len(chunk)
				}
				size = max(i, 1)
			}
			chunk = chunk[size:]
		}
		kept = copy(buf, chunk)
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, err
		}
	}
	_, err := file.Seek(0, io.SeekStart)
	return ok, err
}

// separator chooses among ; , tab and | the one that cuts the first lines into
// the most columns, the same number in each.
func separator(head string) rune {
	lines := strings.SplitN(head, "\n", 12)
	if len(lines) > 1 {
		lines = lines[:len(lines)-1] // the last may be cut
	}
	best, bestScore := ';', 0
	for _, sep := range []rune{';', ',', '\t', '|'} {
		first, score := 0, 0
		for i, line := range lines {
			n := countOutsideQuotes(line, sep)
			if i == 0 {
				first, score = n, n*10
			} else if n == first && n > 0 {
				score++
			}
		}
		if score > bestScore {
			best, bestScore = sep, score
		}
	}
	return best
}

func countOutsideQuotes(line string, sep rune) (n int) {
	quoted := false
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case r == sep && !quoted:
			n++
		}
	}
	return n
}

// A guardedReader stops a line that does not end and bytes that no text has.
type guardedReader struct {
	in    io.Reader
	since int // bytes given since the last whole line was taken
	line  int
	err   error // said again once met
}

func (g *guardedReader) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	if g.since > maxRowBytes {
		g.err = &vigie.Error{Code: vigie.Invalid, Key: "import.line_too_long"}
		return 0, g.err
	}
	n, err := g.in.Read(p)
	g.since += n
	nul := bytes.IndexByte(p[:n], 0)
	if nul >= 0 {
		n, err = nul, &vigie.Error{Code: vigie.Invalid, Key: "import.nul"}
	}
	g.line += bytes.Count(p[:n], []byte("\n"))
	g.err = err
	return n, err
}

func openXLSX(file io.ReadSeeker) (*tableReader, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	if size > maxXLSX {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.too_large", Args: []any{maxXLSX >> 20}}
	}
	book, err := excelize.OpenReader(file, excelize.Options{UnzipSizeLimit: maxXLSXOpened, UnzipXMLSizeLimit: 16 << 20, RawCellValue: true})
	if err != nil {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.bad_xlsx", Args: []any{err.Error()}, Err: err}
	}
	sheets := book.GetSheetList()
	if len(sheets) == 0 {
		book.Close()
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.empty"}
	}
	rows, err := book.Rows(sheets[0])
	if err != nil {
		book.Close()
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.bad_xlsx", Args: []any{err.Error()}, Err: err}
	}
	line := 0
	return &tableReader{
		serials: true,
		close:   func() error { return errors.Join(rows.Close(), book.Close()) },
		next: func() ([]string, int, error) {
			if !rows.Next() {
				if err := rows.Error(); err != nil {
					return nil, line, lineError(line, "import.bad_xlsx_line", err.Error())
				}
				return nil, line, io.EOF
			}
			line++
			cells, err := rows.Columns()
			if err != nil {
				return nil, line, lineError(line, "import.bad_xlsx_line", err.Error())
			}
			return cells, line, nil
		},
	}, nil
}

// serialDate turns the number that a spreadsheet keeps for a date into text.
func serialDate(s string, kind Kind) string {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 1 || v > 109600 { // up to the year 2200
		return s
	}
	t, err := excelize.ExcelDateToTime(v, false)
	if err != nil {
		return s
	}
	if kind == Date {
		return t.Format(time.DateOnly)
	}
	return t.Round(time.Second).UTC().Format(time.RFC3339)
}
