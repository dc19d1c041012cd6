package document

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	vigie "vigie.example"
)

// pdfTime is how long pdftotext may take for one reading.
const pdfTime = time.Minute

// readPDF reads the text of a PDF twice, with and without the layout of the
// page, and keeps the reading that was understood best: tables read better in
// one, paragraphs in the other.
func readPDF(ctx context.Context, name string, data []byte) (*Document, error) {
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "document.no_poppler", Args: []any{name}, Err: err}
	}
	dir, err := os.MkdirTemp("", "vigie-pdf-") // only we may read it
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "in.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return nil, err
	}
	var best *Document
	for _, layout := range []bool{true, false} {
		text, err := pdfText(ctx, program, file, name, layout)
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(text) == "" {
			return nil, invalid("document.pdf_scanned", name)
		}
		d, err := understandText(name, text)
		if err != nil {
			return nil, err
		}
		if best == nil || d.score() > best.score() {
			best = d
		}
	}
	best.Format = PDF
	return best, nil
}

// score says how much of a document was understood.
func (d *Document) score() int {
	n := 10 * len(d.Rules)
	for _, r := range d.Rules {
		if r.Text == "" {
			n -= 8
		}
	}
	for _, e := range d.Editions {
		for _, s := range []string{e.Authors, e.Approver, e.Reason} {
			if s != "" {
				n += 5
			}
		}
	}
	if d.Confidentiality != nil {
		n += 20
	}
	for _, c := range d.Chapters {
		n += 2 * len(c.Objectives)
		if c.Text != "" {
			n += 5
		}
	}
	for _, r := range d.Remarks {
		if r.Key != "document.furniture" && r.Key != "document.contents" {
			n -= 3
		}
	}
	return n
}

// pdfText runs pdftotext on a file, bounded in time and in output.
func pdfText(ctx context.Context, program, file, name string, layout bool) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, pdfTime)
	defer cancel()
	args := []string{"-q", "-enc", "UTF-8", "-eol", "unix"}
	if layout {
		args = append(args, "-layout")
	}
	cmd := exec.CommandContext(ctx, program, append(args, file, "-")...)
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(file)}
	cmd.Dir = filepath.Dir(file)
	cmd.WaitDelay = 2 * time.Second
	out, complaint := &bounded{max: maxText}, &bounded{max: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, complaint
	err := cmd.Run()
	switch {
	case out.full:
		return "", invalid("document.too_long", name)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", invalid("document.pdf_slow", name, int(pdfTime.Seconds()))
	case ctx.Err() != nil:
		return "", ctx.Err()
	case strings.Contains(complaint.String(), "assword"):
		return "", invalid("document.pdf_locked", name)
	case err != nil:
		return "", &vigie.Error{Code: vigie.Invalid, Key: "document.pdf_damaged", Args: []any{name}, Err: err}
	}
	return out.String(), nil
}

// A bounded buffer refuses what is beyond max bytes, which stops the writer.
type bounded struct {
	bytes.Buffer
	max  int
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.max {
		b.full = true
		return 0, errors.New("too much output")
	}
	return b.Buffer.Write(p)
}
