package search

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	vigie "vigie.example"
)

// A Vault is the streams of traces in a folder, one for each retention class. Its
// indexes are opened when they are asked for, and shared. With no folder it has no
// class.
type Vault struct {
	Dir string

	mu      sync.Mutex
	indexes map[string]*Index
}

// Classes are the retention classes, in order.
func (v *Vault) Classes() (out []string) {
	if v == nil || v.Dir == "" {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(v.Dir, "*", "log", "checkpoint")) // fails for a bad pattern alone
	for _, path := range files {
		out = append(out, filepath.Base(filepath.Dir(filepath.Dir(path))))
	}
	slices.Sort(out)
	return out
}

// Folder is where the stream of a class is.
//
// Errors: NotFound.
func (v *Vault) Folder(class string) (string, error) {
	if !slices.Contains(v.Classes(), class) {
		dir := ""
		if v != nil {
			dir = filepath.Base(v.Dir)
		}
		return "", &vigie.Error{Code: vigie.NotFound, Key: "trace.class", Args: []any{class, dir}}
	}
	return filepath.Join(v.Dir, class), nil
}

// SendersFile says what is known of the senders of a class.
func (v *Vault) SendersFile(class string) string { return filepath.Join(v.Dir, class+".senders") }

// Index returns that of a class, with what was sealed since.
//
// Errors: NotFound.
func (v *Vault) Index(class string) (*Index, error) {
	dir, err := v.Folder(class)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if x := v.indexes[class]; x != nil {
		return x, x.Refresh()
	}
	x, err := Open(dir)
	if err != nil {
		return nil, fmt.Errorf("class %s: %w", class, err)
	}
	if v.indexes == nil {
		v.indexes = map[string]*Index{}
	}
	v.indexes[class] = x
	return x, nil
}

// Close releases the indexes. The vault may be used again.
func (v *Vault) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var errs []error
	for _, x := range v.indexes {
		errs = append(errs, x.Close())
	}
	v.indexes = nil
	return errors.Join(errs...)
}

// Instant reads a day or a time of day, in microseconds since 1970; the end of the
// day when a day is the last one.
//
// Errors: Invalid.
func Instant(s string, last bool) (int64, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UnixMicro(), nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, &vigie.Error{Code: vigie.Invalid, Key: "trace.instant", Args: []any{s}}
	}
	if last {
		t = t.AddDate(0, 0, 1).Add(-time.Microsecond)
	}
	return t.UnixMicro(), nil
}

// MarshalJSON gives an event to programs: raw is its text, or raw_base64 its bytes
// when they are no text; access is in the names of OCSF.
func (h Hit) MarshalJSON() ([]byte, error) {
	event := struct {
		Entry    int64          `json:"entry"`
		Received string         `json:"received"`
		Source   string         `json:"source"`
		Host     string         `json:"host,omitempty"`
		App      string         `json:"app,omitempty"`
		Raw      string         `json:"raw,omitempty"`
		Bytes    string         `json:"raw_base64,omitempty"`
		Access   map[string]any `json:"access,omitempty"`
	}{Entry: h.Entry, Received: time.UnixMicro(h.Received).UTC().Format(time.RFC3339Nano), Source: h.Source, Host: h.Host, App: h.App}
	if utf8.Valid(h.Raw) {
		event.Raw = string(h.Raw)
	} else {
		event.Bytes = base64.StdEncoding.EncodeToString(h.Raw)
	}
	if h.Access != nil {
		event.Access = h.Access.OCSF()
	}
	return json.Marshal(event)
}

// MarshalJSON gives a count to programs.
func (b Bucket) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		At    string `json:"at"`
		Count int64  `json:"count"`
	}{time.UnixMicro(b.At).UTC().Format(time.RFC3339Nano), b.Count})
}
