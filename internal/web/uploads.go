package web

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// maxUpload bounds a file brought through the pages, in bytes; the API takes
// larger ones.
const maxUpload = 128 << 20

// uploadLife is how long a file waits for the next step.
const uploadLife = 2 * time.Hour

// uploads are the files that people are importing, in a folder of this machine
// until the import is made or given up.
type uploads struct {
	now func() time.Time

	mu   sync.Mutex
	dir  string
	byID map[string]*upload
}

// An upload is one file and what its owner said of it.
type upload struct {
	id, owner, register string
	name, path          string
	size                int64
	at                  time.Time
	choice              choice        // guarded by uploads.mu
	done                chan struct{} // guarded by uploads.mu; nil before the import begins

	read   atomic.Int64     // bytes that the import has read
	result *register.Result // once done is closed
	err    error
}

// A choice is what is to be done with the columns and with records that exist.
type choice struct {
	mapping  map[string]string // nil: as remembered or guessed
	strategy register.Strategy
}

func newUploads(now func() time.Time) *uploads {
	return &uploads{now: now, byID: map[string]*upload{}}
}

// keep writes a file of owner to the folder.
//
// Errors: those of reading in; Invalid for an empty file.
func (u *uploads) keep(owner, reg, name string, in io.Reader) (_ *upload, err error) {
	u.mu.Lock()
	u.sweep()
	if u.dir == "" {
		u.dir, err = os.MkdirTemp("", "vigie-uploads-*")
	}
	dir := u.dir
	u.mu.Unlock()
	if err != nil {
		return nil, err
	}
	x := &upload{id: rand.Text(), owner: owner, register: reg, name: name, at: u.now(), choice: choice{strategy: register.Stop}}
	x.path = filepath.Join(dir, x.id)
	out, err := os.OpenFile(x.path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	x.size, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err == nil && x.size == 0 {
		err = &vigie.Error{Code: vigie.Invalid, Key: "import.empty"}
	}
	if err != nil {
		os.Remove(x.path)
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.byID[x.id] = x
	return x, nil
}

// get returns a file of owner.
//
// Errors: NotFound, also when it is somebody else's.
func (u *uploads) get(id, owner, reg string) (*upload, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	x := u.byID[id]
	if x == nil || x.owner != owner || x.register != reg {
		return nil, &vigie.Error{Code: vigie.NotFound, Key: "page.upload_gone"}
	}
	return x, nil
}

// sweep forgets the files that nobody came back for. u.mu is held.
func (u *uploads) sweep() {
	for id, x := range u.byID {
		if u.now().Sub(x.at) > uploadLife {
			if err := os.Remove(x.path); err == nil || errors.Is(err, fs.ErrNotExist) {
				delete(u.byID, id)
			}
		}
	}
}

// state returns what was chosen for x, and the channel that its end closes, nil
// before the import begins.
func (u *uploads) state(x *upload) (choice, chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return x.choice, x.done
}

// choose keeps what is to be done with x, unless its import began.
func (u *uploads) choose(x *upload, c choice) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if x.done == nil {
		x.choice = c
	}
}

// start runs the import of x, once, and returns at once. The channel is closed
// at its end.
func (u *uploads) start(x *upload, run func(file io.ReadSeeker, c choice) (*register.Result, error)) chan struct{} {
	u.mu.Lock()
	defer u.mu.Unlock()
	if x.done != nil {
		return x.done
	}
	x.done = make(chan struct{})
	done, c := x.done, x.choice
	go func() {
		defer close(done)
		file, err := os.Open(x.path)
		if err != nil {
			x.err = err
			return
		}
		defer file.Close()
		x.result, x.err = run(&counting{file, &x.read}, c)
		if x.err == nil && len(x.result.Errors) == 0 {
			os.Remove(x.path)
		}
	}()
	return done
}

// counting counts the bytes read.
type counting struct {
	*os.File
	read *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.read.Add(int64(n))
	return n, err
}

func (c *counting) Seek(offset int64, whence int) (int64, error) {
	n, err := c.File.Seek(offset, whence)
	c.read.Store(n)
	return n, err
}
