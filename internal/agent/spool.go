package agent

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A spool keeps the reports that the server has not received, one gzip file
// each. Their names follow the time of observation, so that the order of names
// is the order of sending.
//
// Every report goes through the spool, and leaves it when the server said that
// it has it. A machine that stops in between sends a report twice, which changes
// nothing, and never loses one.
type spool struct {
	dir     string // of the reports
	refused string // of those that the server does not want
	log     *slog.Logger
}

// The bounds of the spool: what the server would still learn from.
const (
	maxSpooled      = 1000
	maxSpooledBytes = 256 << 20
	maxSpooledAge   = 60 * 24 * time.Hour
	maxRefused      = 10
	reportSuffix    = ".json.gz"
)

// openSpool opens the spool under a folder, and clears what a stop left half
// written.
func openSpool(dir string, log *slog.Logger) (*spool, error) {
	s := &spool{dir: filepath.Join(dir, "spool"), refused: filepath.Join(dir, "refused"), log: log}
	for _, d := range []string{s.dir, s.refused} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	for _, d := range []string{dir, s.dir} {
		parts, err := filepath.Glob(filepath.Join(d, tempPrefix+"*"))
		if err != nil {
			return nil, err
		}
		for _, name := range parts {
			os.Remove(name)
		}
	}
	return s, nil
}

// add keeps a report, and drops the oldest ones beyond the bounds.
func (s *spool) add(r Report) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(data); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	var unique [4]byte
	rand.Read(unique[:])
	name := fmt.Sprintf("%012d-%s%s", max(r.ObservedAt.Unix(), 0), hex.EncodeToString(unique[:]), reportSuffix)
	if err := writeFile(filepath.Join(s.dir, name), packed.Bytes()); err != nil {
		return err
	}
	return s.trim(r.ObservedAt)
}

// reports lists the files of the spool, the oldest first.
func (s *spool) reports() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), reportSuffix) {
			names = append(names, filepath.Join(s.dir, e.Name()))
		}
	}
	slices.Sort(names)
	return names, nil
}

// observedAt reads the time in the name of a report.
func observedAt(name string) time.Time {
	digits, _, _ := strings.Cut(filepath.Base(name), "-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// trim drops the oldest reports beyond the bounds, but never the newest.
func (s *spool) trim(now time.Time) error {
	names, err := s.reports()
	if err != nil {
		return err
	}
	total := int64(0)
	for i, name := range slices.Backward(names) {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		total += info.Size()
		kept := len(names) - i
		if kept > 1 && (kept > maxSpooled || total > maxSpooledBytes || now.Sub(observedAt(name)) > maxSpooledAge) {
			for _, old := range names[:i+1] {
				s.log.Warn("report dropped: the server has been away too long", "observed_at", observedAt(old).UTC())
				if err := os.Remove(old); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return nil
}

// setAside keeps a report that the server refused out of the way, for a person
// to look at; the oldest of them go.
func (s *spool) setAside(name string) error {
	if err := os.Rename(name, filepath.Join(s.refused, filepath.Base(name))); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(s.refused, "*"+reportSuffix))
	if err != nil {
		return err
	}
	slices.Sort(old)
	for _, name := range old[:max(0, len(old)-maxRefused)] {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}
