package trace

import (
	"os"
	"path/filepath"
)

// A disk does what the vault asks of the file system. Its fault, in tests,
// fails or stops the program before any of them.
type disk struct {
	fault func(op, path string) error
}

func (d disk) before(op, path string) error {
	if d.fault == nil {
		return nil
	}
	return d.fault(op, path)
}

// writeAt writes and returns once the bytes are on stable storage.
func (d disk) writeAt(f *os.File, data []byte, at int64) error {
	if err := d.before("write", f.Name()); err != nil {
		return err
	}
	if d.fault != nil && len(data) > 1 { // in two parts, so that a stop may fall between
		half := len(data) / 2
		if _, err := f.WriteAt(data[:half], at); err != nil {
			return err
		}
		if err := d.before("write-rest", f.Name()); err != nil {
			return err
		}
		data, at = data[half:], at+int64(half)
	}
	if _, err := f.WriteAt(data, at); err != nil {
		return err
	}
	if err := d.before("sync", f.Name()); err != nil {
		return err
	}
	return dataSync(f)
}

// replace writes a file so that at any moment it is there whole, the former or
// the new one: a stop before the rename leaves the former, and a .tmp that the
// next one overwrites.
func (d disk) replace(path string, data []byte, mode os.FileMode) error {
	if err := d.makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if err := d.writeAt(f, data, 0); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := d.before("rename", path); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	return d.syncDir(filepath.Dir(path))
}

// makeDir makes a folder and those above it, durably.
func (d disk) makeDir(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := d.makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	return d.syncDir(filepath.Dir(path))
}

func (d disk) syncDir(path string) error {
	if err := d.before("syncdir", path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d disk) remove(path string) error {
	if err := d.before("remove", path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}
