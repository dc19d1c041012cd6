package agent

import (
	"os"
	"path/filepath"
	"syscall"
)

// openFile opens a file of the state folder: never through a link, which
// another account of the machine may have put there.
func openFile(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

// tempPrefix names the files that writeFile has not finished.
const tempPrefix = ".part-"

// writeFile writes a file that only its owner reads, wholly or not at all: the
// name appears once everything is on disk, so that a machine that stops at any
// moment leaves the former file, the new one, or a .part file that nobody reads.
func writeFile(name string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), tempPrefix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	return err
}

// syncDir puts the names of a folder on disk.
func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
