package trace

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"

	"vigie.example/evidence"
)

// Anchor has a third party date the log: stamp is given the checkpoint file and
// returns the time-stamp token of RFC 3161. An authority that does not answer
// stops nothing; the caller says so and tries again.
func (s *Stream) Anchor(stamp func(checkpoint []byte) ([]byte, error)) error {
	_, err := s.anchor(context.Background(), stamp)
	return err
}

// anchor is Anchor that says how many entries it made. A checkpoint bears one
// token, and none is written over: when the last one has its token already, an
// entry of the vault itself says so, and the checkpoint that covers it is dated.
func (s *Stream) anchor(ctx context.Context, stamp func(checkpoint []byte) ([]byte, error)) (made int64, err error) {
	raw, cp, err := s.lastCheckpoint()
	if err != nil {
		return 0, err
	}
	token := func() string { return filepath.Join(s.dir, "log", "token", fmt.Sprint(cp.Size)) }
	if _, err := os.Stat(token() + ".tsr"); err == nil {
		if err := s.tell(ctx, "timestamp", map[string]any{"leaves": cp.Size, "dated": true}); err != nil {
			return 0, err
		}
		made++
		if raw, cp, err = s.lastCheckpoint(); err != nil {
			return made, err
		}
	}
	reply, err := stamp(raw)
	if err != nil {
		return made, err
	}
	// A stop between the two leaves a checkpoint without its token, which
	// verifiers do not look at and the next call writes over.
	if err := s.disk.replace(token(), raw, 0o600); err != nil {
		return made, err
	}
	return made, s.disk.replace(token()+".tsr", reply, 0o600)
}

// lastCheckpoint returns the checkpoint that covers what was accepted.
func (s *Stream) lastCheckpoint() ([]byte, *evidence.Checkpoint, error) {
	if err := s.Flush(); err != nil {
		return nil, nil, err
	}
	raw, err := os.ReadFile(filepath.Join(s.dir, "log", "checkpoint"))
	if err != nil {
		return nil, nil, err
	}
	cp, err := evidence.ParseCheckpoint(raw)
	return raw, cp, err
}

// tell makes an entry of the vault itself.
func (s *Stream) tell(ctx context.Context, what string, fields map[string]any) error {
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return s.Write(ctx, "vigie", fmt.Appendf(nil, "<110>1 %s - vigie - %s - %s", holdText(s.opt.Now().UnixMicro()), what, text))
}

type timeStampReq struct {
	Version int
	Imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}
	Nonce   *big.Int
	CertReq bool
}

// AskAuthority returns a stamp function that asks a time-stamping authority over
// HTTP. The answer must be a token over the checkpoint, in answer to this request;
// whether the authority is one that is trusted is verified with the rest.
func AskAuthority(ctx context.Context, client *http.Client, url string) func([]byte) ([]byte, error) {
	return func(checkpoint []byte) ([]byte, error) {
		sum := sha256.Sum256(checkpoint)
		nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
		if err != nil {
			return nil, err
		}
		q := timeStampReq{Version: 1, Nonce: nonce, CertReq: true}
		q.Imprint.Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, Parameters: asn1.NullRawValue}
		q.Imprint.Hash = sum[:]
		body, err := asn1.Marshal(q)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/timestamp-query")
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		reply, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("time-stamping authority: %s", resp.Status)
		}
		if err != nil {
			return nil, err
		}
		token, err := evidence.ReadToken("time-stamp", reply, checkpoint)
		if err != nil {
			return nil, err
		}
		if token.Nonce == nil || token.Nonce.Cmp(nonce) != 0 {
			return nil, errors.New("time-stamping authority: the answer is to another request")
		}
		return reply, nil
	}
}
