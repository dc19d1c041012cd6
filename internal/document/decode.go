package document

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// decode returns the text of data in UTF-8, and what it was written in. It
// mends what people really send: a stray byte, a text encoded twice.
func decode(name string, data []byte) (text, encoding string, remarks []Remark, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		encoding = "utf-16"
		data, err = utf.UTF16(utf.LittleEndian, utf.ExpectBOM).NewDecoder().Bytes(data)
	case zeros(data, 1) > len(data)/5: // Latin letters, low byte first
		encoding = "utf-16"
		data, err = utf.UTF16(utf.LittleEndian, utf.IgnoreBOM).NewDecoder().Bytes(data)
	case zeros(data, 0) > len(data)/5:
		encoding = "utf-16"
		data, err = utf.UTF16(utf.BigEndian, utf.IgnoreBOM).NewDecoder().Bytes(data)
	default:
		encoding = "utf-8"
		data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
		good, bad := runes(data)
		switch {
		case bad > 0 && good < 10*bad:
			encoding = "windows-1252"
			data, err = charmap.Windows1252.NewDecoder().Bytes(data)
		case bad > 0:
			remarks = append(remarks, Remark{Key: "document.bad_bytes", Args: []any{bad}})
			data = bytes.ToValidUTF8(data, []byte("\ufffd"))
		}
	}
	if err != nil {
		return "", "", nil, invalid("document.not_text", name)
	}
	if len(data) > maxText {
		return "", "", nil, invalid("document.too_long", name)
	}
	text = string(data)
	if controls(text) > len(text)/20 {
		return "", "", nil, invalid("document.not_text", name)
	}
	if mended, ok := encodedTwice(text); ok {
		remarks = append(remarks, Remark{Key: "document.encoded_twice"})
		text = mended
	}
	return text, encoding, remarks, nil
}

// zeros counts the NUL bytes at even (0) or odd (1) places.
func zeros(data []byte, from int) (n int) {
	for i := from; i < len(data); i += 2 {
		if data[i] == 0 {
			n++
		}
	}
	return n
}

// runes counts the characters beyond ASCII and the bytes that are none.
func runes(data []byte) (good, bad int) {
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		data = data[size:]
	}
	return good, bad
}

func controls(s string) (n int) {
	for _, r := range s {
		if unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\f\v", r) {
			n++
		}
	}
	return n
}

// encodedTwice undoes "Ã©" for "é". A text that is UTF-8 once more when written
// in Windows-1252 was never anything else.
func encodedTwice(s string) (string, bool) {
	if !strings.ContainsAny(s, "Ãâ") {
		return "", false
	}
	once, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil || !utf8.ValidString(once) {
		return "", false
	}
	return once, len(once) < len(s)
}

// plain writes the many blanks, ligatures and line ends of word processors in
// one way, so that the same text in two formats is the same.
var plain = strings.NewReplacer(
	"\r\n", "\n", "\r", "\n", "\v", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n",
	"\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u2007", " ", "\u2003", " ", "\u2002", " ",
	"\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "",
	"\u2010", "-", "\u2011", "-",
	"\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl", "\ufb03", "ffi", "\ufb04", "ffl", "\ufb05", "st", "\ufb06", "st",
)

func normalise(s string) string {
	s = norm.NFC.String(plain.Replace(strings.ToValidUTF8(s, "\ufffd")))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\f' {
			return -1
		}
		return r
	}, s)
}
