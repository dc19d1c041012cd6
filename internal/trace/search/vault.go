package search

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	vigie "vigie.example"
	"vigie.example/internal/trace"
)

// A Vault is the streams of traces in a folder, one for each retention class. Its
// indexes are opened when they are asked for, and shared. With no folder it has no
// class.
type Vault struct {
	Dir string

	mu      sync.Mutex
	indexes map[string]*opened
}

// An opened index, and when it was last asked for.
type opened struct {
	*Index
	asked time.Time
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
		x.asked = time.Now()
		return x.Index, x.Refresh()
	}
	x, err := Open(dir)
	if err != nil {
		return nil, fmt.Errorf("class %s: %w", class, err)
	}
	if v.indexes == nil {
		v.indexes = map[string]*opened{}
	}
	v.indexes[class] = &opened{x, time.Now()}
	return x, nil
}

// Rest closes the indexes that nobody asked for in a time, which is longer than
// from Index to the use of what it returned.
func (v *Vault) Rest(unused time.Duration) error {
	var idle []*Index
	v.mu.Lock()
	for class, x := range v.indexes {
		if time.Since(x.asked) >= unused {
			idle = append(idle, x.Index)
			delete(v.indexes, class)
		}
	}
	v.mu.Unlock()
	var errs []error
	for _, x := range idle {
		errs = append(errs, x.Close()) // once a search that is under way ends
	}
	return errors.Join(errs...)
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

// Pack writes an evidence pack of a class in a temporary file, so that it is whole
// before anybody gets it, and returns it at its beginning, with the name to give it.
// The caller calls done.
//
// Errors: NotFound for a class or a selection of nothing, and those of Explained.
func (v *Vault) Pack(class string, sel trace.Selection, now time.Time) (pack io.Reader, name string, done func(), err error) {
	dir, err := v.Folder(class)
	if err != nil {
		return nil, "", nil, err
	}
	f, err := os.CreateTemp("", "vigie-pack-*")
	if err != nil {
		return nil, "", nil, err
	}
	done = func() {
		f.Close()
		os.Remove(f.Name())
	}
	if _, err = trace.Export(f, dir, sel, now); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		done()
		return nil, "", nil, Explained(err)
	}
	return f, "vigie-" + class + "-" + now.UTC().Format("20060102-150405") + ".zip", done, nil
}

// Explained says to people what to do about an error of a search or of a pack:
// NotFound for a selection of nothing, Invalid for a search that took too long.
// Others, such as Conflict while a bucket does not answer, stay as they are.
func Explained(err error) error {
	switch {
	case errors.Is(err, trace.ErrNothing):
		return &vigie.Error{Code: vigie.NotFound, Key: "trace.nothing", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &vigie.Error{Code: vigie.Invalid, Key: "traces.too_slow", Err: err}
	}
	return err
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
