package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"vigie.example/evidence"
)

// A Hold keeps what was received in a time from being destroyed, for a legal
// reason, until it is lifted. What it holds is whole blocks: those with an entry
// received in that time, and those in which the vault says that the hold was
// placed.
type Hold struct {
	ID       int64
	From, To int64 // instants of receipt, in microseconds, ends included; without end when To is 0
	Reason   string
	By       string
	At       int64 // when it was placed
	Lift     *Lift // nil while it holds
	told     []int64
}

// A Lift ends a hold.
type Lift struct {
	Reason string
	By     string
	At     int64
}

// Holds are those of a stream, in the order in which they were placed.
type Holds []Hold

// Keep says whether the block of a leaf is held.
func (list Holds) Keep(l *evidence.Leaf) bool {
	if l.Block == nil {
		return false
	}
	return slices.ContainsFunc(list, func(h Hold) bool { return h.Lift == nil && h.covers(l.Block) })
}

func (h *Hold) covers(b *evidence.BlockLeaf) bool {
	told := func(at int64) bool { return b.From <= at && at <= b.To }
	return b.To >= h.From && (h.To == 0 || b.From <= h.To) || slices.ContainsFunc(h.told, told)
}

// Errors about holds.
var (
	ErrNoHold   = errors.New("no such hold")
	ErrLifted   = errors.New("the hold is lifted already")
	ErrHoldForm = errors.New("a hold needs a reason on one line, an author, and an end after its beginning")
)

// The file "holds" of a stream has a line of JSON for each hold placed or lifted.
// It is replaced whole, so a stop leaves it as it was or as it is meant to be. The
// file "holds.told" has, for each of its first lines, the instant of the entry by
// which the vault says it: that entry is sealed, signed and dated like any other.
// Who changes the holds, or destroys blocks, has the lock of "holds.lock": what is
// held when PlaceHold returns is not destroyed after it.
type holdLine struct {
	Hold   int64  `json:"hold"`
	Act    string `json:"act"`
	At     string `json:"at"`
	By     string `json:"by"`
	Reason string `json:"reason"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

const (
	actPlace = "place"
	actLift  = "lift"
)

func holdsFile(dir string) string { return filepath.Join(dir, "holds") }
func toldFile(dir string) string  { return filepath.Join(dir, "holds.told") }

// lockPatience is how long another program is waited for that changes holds or
// destroys blocks; lockPause how long between two tries.
const (
	lockPatience = 20 * time.Second
	lockPause    = 20 * time.Millisecond
)

// lockHolds returns the holds of a stream, which nobody changes until unlock.
func lockHolds(d disk, dir string) (list Holds, unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, "holds.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	for tries := lockPatience / lockPause; LockFile(f) != nil; tries-- {
		if tries == 0 {
			return nil, nil, errors.Join(fmt.Errorf("holds: %w", ErrBusy), f.Close())
		}
		time.Sleep(lockPause)
	}
	if list, err = ReadHolds(dir); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return list, f.Close, nil
}

// ReadHolds returns the holds of the stream in a folder, lifted ones included.
func ReadHolds(dir string) (Holds, error) {
	lines, err := readLines(holdsFile(dir))
	if err != nil {
		return nil, err
	}
	told, err := readTold(dir)
	if err != nil {
		return nil, err
	}
	var list Holds
	for i, text := range lines {
		if list, err = list.read(text, told[min(i, len(told)):min(i+1, len(told))]); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w: %w", holdsFile(dir), i+1, err, ErrDamaged)
		}
	}
	return list, nil
}

// read adds what a line says.
func (list Holds) read(text []byte, told []int64) (Holds, error) {
	var l holdLine
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, err
	}
	at, err := holdInstant(l.At)
	if err != nil || l.By == "" || l.Reason == "" {
		return nil, errors.Join(errors.New("without instant, author or reason"), err)
	}
	switch l.Act {
	case actPlace:
		from, err1 := holdInstant(l.From)
		to, err2 := int64(0), error(nil)
		if l.To != "" {
			to, err2 = holdInstant(l.To)
		}
		if err := errors.Join(err1, err2); err != nil || l.Hold != int64(len(list))+1 {
			return nil, errors.Join(errors.New("not the next hold"), err)
		}
		return append(list, Hold{ID: l.Hold, From: from, To: to, Reason: l.Reason, By: l.By, At: at, told: told}), nil
	case actLift:
		if l.Hold < 1 || l.Hold > int64(len(list)) || list[l.Hold-1].Lift != nil {
			return nil, errors.New("lifts what does not hold")
		}
		list[l.Hold-1].Lift = &Lift{Reason: l.Reason, By: l.By, At: at}
		return list, nil
	}
	return nil, errors.New("unknown act")
}

const holdTime = "2006-01-02T15:04:05.000000Z07:00"

func holdInstant(s string) (int64, error) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UnixMicro(), err
}

func holdText(micros int64) string { return time.UnixMicro(micros).UTC().Format(holdTime) }

// readLines returns the lines of a file, none when it is not there.
func readLines(path string) ([][]byte, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) || err == nil && len(data) == 0 {
		return nil, nil
	}
	if err == nil && !bytes.HasSuffix(data, []byte("\n")) {
		err = fmt.Errorf("%s: %w", path, ErrDamaged)
	}
	return bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")), err
}

func readTold(dir string) (instants []int64, err error) {
	lines, err := readLines(toldFile(dir))
	if err != nil {
		return nil, err
	}
	for _, text := range lines {
		at, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", toldFile(dir), err, ErrDamaged)
		}
		instants = append(instants, at)
	}
	return instants, nil
}

// PlaceHold holds what the stream in a folder received in a time, from now on: ID,
// At and Lift of h are given by it. The vault may be serving.
//
// Errors: ErrHoldForm.
func PlaceHold(dir string, h Hold, now time.Time) (Hold, error) {
	return placeHold(disk{}, dir, h, now)
}

func placeHold(d disk, dir string, h Hold, now time.Time) (Hold, error) {
	h.Reason, h.By = strings.TrimSpace(h.Reason), strings.TrimSpace(h.By)
	if !evidence.ValidReason(h.Reason) || !evidence.ValidReason(h.By) || h.From < 0 || h.To != 0 && h.To < h.From {
		return h, ErrHoldForm
	}
	return h, changeHolds(d, dir, func(list Holds) (holdLine, error) {
		h.ID, h.At, h.Lift = int64(len(list))+1, now.UnixMicro(), nil
		l := holdLine{Hold: h.ID, Act: actPlace, At: holdText(h.At), By: h.By, Reason: h.Reason, From: holdText(h.From)}
		if h.To != 0 {
			l.To = holdText(h.To)
		}
		return l, nil
	})
}

// LiftHold ends a hold: what it held is destroyed by the next pruning, as its
// retention says.
//
// Errors: ErrHoldForm, ErrNoHold, ErrLifted.
func LiftHold(dir string, id int64, lift Lift, now time.Time) (Hold, error) {
	return liftHold(disk{}, dir, id, lift, now)
}

func liftHold(d disk, dir string, id int64, lift Lift, now time.Time) (h Hold, err error) {
	lift.Reason, lift.By, lift.At = strings.TrimSpace(lift.Reason), strings.TrimSpace(lift.By), now.UnixMicro()
	if !evidence.ValidReason(lift.Reason) || !evidence.ValidReason(lift.By) {
		return h, ErrHoldForm
	}
	return h, changeHolds(d, dir, func(list Holds) (holdLine, error) {
		if id < 1 || id > int64(len(list)) {
			return holdLine{}, ErrNoHold
		}
		if h = list[id-1]; h.Lift != nil {
			return holdLine{}, ErrLifted
		}
		h.Lift = &lift
		return holdLine{Hold: id, Act: actLift, At: holdText(lift.At), By: lift.By, Reason: lift.Reason}, nil
	})
}

// changeHolds adds a line to the holds of a stream.
func changeHolds(d disk, dir string, next func(Holds) (holdLine, error)) (err error) {
	list, unlock, err := lockHolds(d, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	l, err := next(list)
	if err != nil {
		return err
	}
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(holdsFile(dir))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return d.replace(holdsFile(dir), append(append(data, text...), '\n'), 0o600)
}

// tellHolds has entries of the vault itself say what holds were placed and lifted.
// A stop before they are known as told has them told again.
func (s *Stream) tellHolds() {
	lines, err := readLines(holdsFile(s.dir))
	if err != nil || len(lines) <= s.holdsTold {
		return // who prunes, or lists the holds, is told of the error
	}
	told, err := readTold(s.dir)
	if err != nil {
		return
	}
	if s.holdsTold = max(s.holdsTold, len(told)); len(lines) <= s.holdsTold {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full || s.closing || s.failed != nil {
		return
	}
	now := s.now()
	for _, text := range lines[s.holdsTold:] {
		s.add(evidence.Entry{Received: now, Source: "vigie", Raw: fmt.Appendf(nil, "<110>1 %s - vigie - hold - %s", holdText(now), text)})
		told = append(told, now)
	}
	s.holdsTold = len(lines)
	s.pending.done = append(s.pending.done, func(err error) {
		if err != nil {
			return
		}
		var text []byte
		for _, at := range told {
			text = fmt.Appendf(text, "%d\n", at)
		}
		_ = s.disk.replace(toldFile(s.dir), text, 0o600) // what is not known as told is told again at the next start
	})
	s.signal()
}
