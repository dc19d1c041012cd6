package main

import (
	"archive/zip"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace"
)

// trust is what a verifier had from elsewhere.
type trust struct {
	Key string   `help:"Public key of the log (vkey), or a file that holds it." placeholder:"KEY"`
	TSA []string `help:"Certificate of a time-stamping authority (PEM); several may be given." type:"existingfile" sep:"none" placeholder:"FILE"`
}

func (t trust) read() (key string, tsa *x509.CertPool, err error) {
	key = t.Key
	if data, err := os.ReadFile(t.Key); err == nil {
		key = strings.TrimSpace(string(data))
	}
	for _, name := range t.TSA {
		data, err := os.ReadFile(name)
		if err == nil && tsa == nil {
			tsa, err = evidence.ReadCertificates(data)
		} else if err == nil && !tsa.AppendCertsFromPEM(data) {
			err = errors.New("no certificate")
		}
		if err != nil {
			return "", nil, unreadable(name, err)
		}
	}
	return key, tsa, nil
}

func unreadable(name string, err error) error {
	if errors.Is(err, trace.ErrBucket) {
		return bucketDown(err)
	}
	return &vigie.Error{Code: vigie.Invalid, Key: "trace.unreadable", Args: []any{name, err.Error()}, Err: err}
}

type verifyCmd struct {
	trust
	Pack string `arg:"" help:"Evidence pack (zip file or folder)." type:"path"`
}

// Run needs no server, no database and no network.
func (c *verifyCmd) Run(g *global) error {
	key, tsa, err := c.read()
	if err != nil {
		return err
	}
	var dir fs.FS
	info, err := os.Stat(c.Pack)
	if err != nil {
		return unreadable(c.Pack, err)
	}
	if info.IsDir() {
		dir = os.DirFS(c.Pack)
	} else {
		z, err := zip.OpenReader(c.Pack)
		if err != nil {
			return unreadable(c.Pack, err)
		}
		defer z.Close()
		dir = z
	}
	rep := evidence.VerifyPack(dir, key, tsa)
	if rep.Manifest != nil {
		shown("%s", i18n.T(g.lang, "trace.pack", rep.Manifest.Origin))
		blocks := int64(0)
		for _, w := range rep.Manifest.Whole {
			blocks += w[1] - w[0] + 1
		}
		if len(rep.Manifest.Whole) == 0 {
			seen := map[int64]bool{}
			for _, e := range rep.Manifest.Chosen {
				seen[e.Leaf] = true
			}
			blocks = int64(len(seen))
		}
		shown("%s", i18n.T(g.lang, "trace.verified", rep.Manifest.Origin, rep.Entries, blocks, instantText(rep.From), instantText(rep.To)))
	}
	if rep.Token != nil {
		shown("%s", i18n.T(g.lang, "trace.dated", rep.Token.Time.UTC().Format(time.RFC3339), rep.Token.Authority))
	} else if rep.Stamped {
		shown("%s", i18n.T(g.lang, "trace.date_unchecked"))
	} else {
		shown("%s", i18n.T(g.lang, "trace.no_date"))
	}
	if rep.OwnTSA {
		shown("%s", i18n.T(g.lang, "trace.tsa_taken"))
	}
	if !rep.Trusted && rep.Key != "" {
		shown("%s", i18n.T(g.lang, "trace.key_taken", rep.Key))
	}
	shown("%s", i18n.T(g.lang, "trace.receipt"))
	return judged(g, rep.Problems)
}

// judged shows what a verification found wrong; exit code 1 when something is.
func judged(g *global, problems []evidence.Problem) error {
	if len(problems) == 0 {
		shown("%s", i18n.T(g.lang, "trace.good"))
		return nil
	}
	shown("%s", i18n.T(g.lang, "trace.bad", len(problems)))
	for _, p := range problems {
		shown("  %s", i18n.T(g.lang, p.Key, p.Args...))
	}
	return exitCode(1)
}

func instantText(micros int64) string {
	if micros == 0 {
		return "-"
	}
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05Z")
}
