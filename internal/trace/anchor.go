package trace

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
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
	if err := s.Flush(); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(s.dir, "log", "checkpoint"))
	if err != nil {
		return err
	}
	cp, err := evidence.ParseCheckpoint(raw)
	if err != nil {
		return err
	}
	reply, err := stamp(raw)
	if err != nil {
		return err
	}
	base := filepath.Join(s.dir, "log", "token", fmt.Sprint(cp.Size))
	// A stop between the two leaves a checkpoint without its token, which
	// verifiers do not look at and the next call writes over.
	if err := s.disk.replace(base, raw, 0o600); err != nil {
		return err
	}
	return s.disk.replace(base+".tsr", reply, 0o600)
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
// HTTP. The answer is kept as it came: its signature is verified with the rest.
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
		return reply, err
	}
}
