package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"vigie.example/evidence"
)

// A Witnessing has witnesses cosign the log (C2SP tlog-witness): each sees to it,
// from elsewhere, that the log only grows. What each cosigned last is kept in the
// file that evidence.ReadWitness names; where the witnesses stand, in the file
// "witness". It is not for use by several goroutines at once.
type Witnessing struct {
	Stream    *Stream
	Witnesses map[string]string // vkeys, by the address of the witness
	Every     time.Duration
	Client    *http.Client

	state *datingState
}

func witnessFile(dir string) string { return filepath.Join(dir, "witness") }

// ReadWitnesses returns what the stream in a folder knows of its witnesses: Dated is
// when each cosigned last, and Entries the leaves that it covers.
func ReadWitnesses(dir string) ([]Authority, error) {
	state, err := readState(witnessFile(dir))
	return state.Authorities, err
}

// Keep shows the published checkpoint to the witnesses whose time has come, when it
// has grown. It returns what failed: those are asked again later.
func (w *Witnessing) Keep(ctx context.Context, now time.Time) (failed []error) {
	if len(w.Witnesses) == 0 {
		return nil
	}
	if w.state == nil {
		state, err := readState(witnessFile(w.Stream.dir))
		if err != nil { // unreadable: shown again, and written again
			failed = append(failed, err)
		}
		w.state = &state
	}
	var addresses []string
	for address := range w.Witnesses {
		addresses = append(addresses, address)
	}
	slices.Sort(addresses)
	for _, address := range addresses {
		a := w.state.of(redacted(address))
		raw, err := os.ReadFile(filepath.Join(w.Stream.dir, "log", "checkpoint"))
		if err != nil {
			return append(failed, err)
		}
		cp, err := evidence.ParseCheckpoint(raw)
		if err != nil {
			return append(failed, err)
		}
		if now.Before(a.Due) || cp.Size <= a.Entries || ctx.Err() != nil {
			continue
		}
		at, err := w.show(ctx, address, cp, a.Entries)
		if ctx.Err() != nil {
			return failed
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("witness %s: %w", a.URL, err))
		}
		if fields := a.asked(err, now, w.Every); fields != nil {
			_ = w.Stream.tell(ctx, "witness", fields) // it is in the file too
		}
		if err == nil {
			*a = Authority{URL: a.URL, Dated: at, Entries: cp.Size, Due: now.Add(w.Every)}
		}
		if err := w.Stream.keepState(witnessFile(w.Stream.dir), w.state); err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

// errRolledBack says that a witness saw more of the log than there is.
var errRolledBack = errors.New("the witness saw a longer log than this one: it was rolled back, or written again")

// show has a witness cosign a checkpoint, from the size that it is thought to know.
func (w *Witnessing) show(ctx context.Context, address string, cp *evidence.Checkpoint, known int64) (at time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	lines, known, err := w.add(ctx, address, cp, known)
	if errors.Is(err, errKnows) {
		if known > cp.Size {
			return at, fmt.Errorf("%w (%d leaves, %d here)", errRolledBack, known, cp.Size)
		}
		lines, _, err = w.add(ctx, address, cp, known)
	}
	if err != nil {
		return at, err
	}
	vkey := w.Witnesses[address]
	_, file, err := evidence.ReadWitness(vkey)
	if err != nil {
		return at, err
	}
	raw := append(slices.Clone(cp.Raw), lines...)
	cosigned, err := evidence.ParseCheckpoint(raw)
	if err != nil {
		return at, err
	}
	s, ok := cosigned.CosignedBy(vkey)
	if !ok {
		return at, errors.New("the answer is no cosignature by the key of the witness")
	}
	return s.Time, w.Stream.disk.replace(filepath.Join(w.Stream.dir, filepath.FromSlash(file)), raw, 0o600)
}

// errKnows says that a witness knows the log at another size.
var errKnows = errors.New("the witness knows another size")

// maxAnswer bounds what a witness may answer.
const maxAnswer = 16 << 10

// add is a request add-checkpoint. With errKnows, knows is the size that the witness
// knows.
func (w *Witnessing) add(ctx context.Context, address string, cp *evidence.Checkpoint, known int64) (lines []byte, knows int64, err error) {
	var proof tlog.TreeProof
	if known > 0 && known < cp.Size {
		reader := tlog.TileHashReader(tlog.Tree{N: cp.Size, Hash: cp.Root}, tileReader(w.Stream.dir))
		if proof, err = tlog.ProveTree(cp.Size, known, reader); err != nil {
			return nil, 0, err
		}
	}
	body := fmt.Appendf(nil, "old %d\n%s\n%s", known, evidence.HashLines(proof), cp.Raw)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(address, "/")+"/add-checkpoint", bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	answer, err := w.Client.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, 0, err
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return text, 0, nil
	case http.StatusConflict:
		if knows, err = strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			return nil, knows, errKnows
		}
	case http.StatusForbidden:
		return nil, 0, fmt.Errorf("the witness does not know this log, or its key: %.200q", text)
	case http.StatusUnprocessableEntity:
		return nil, 0, errors.New("the witness saw another history of this log")
	}
	return nil, 0, fmt.Errorf("%s: %.200q", answer.Status, text)
}
