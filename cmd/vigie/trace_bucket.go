package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/bucket"
)

// copyEvery is how often what was sealed goes to the bucket.
const copyEvery = time.Minute

// copierOf returns what copies a stream to the bucket of its vault; nil when the
// vault has none.
func copierOf(stream *trace.Stream) (*trace.Copier, error) {
	file := filepath.Join(filepath.Dir(stream.Dir()), bucket.ConfigFile)
	config, err := bucket.ReadConfig(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	if config == nil {
		return nil, nil
	}
	b, err := bucket.Open(config)
	if err != nil {
		return nil, unreadable(file, err)
	}
	return &trace.Copier{Stream: stream, Bucket: b, Config: config}, nil
}

// keepCopy brings the bucket to where the stream is, until ctx ends. What fails is
// said once, and tried again.
func keepCopy(ctx context.Context, copier *trace.Copier, log *slog.Logger) {
	failed := false
	for {
		err := copier.Pass(ctx, time.Now())
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failed {
			log.Error("copy in the bucket", "error", err)
		}
		if err == nil && failed {
			log.Info("copy in the bucket: again complete")
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(copyEvery):
		}
	}
}

// ready returns the stream in a folder once all of it can be read.
func ready(ctx context.Context, dir string) (*trace.Folder, error) {
	folder := trace.OpenFolder(dir)
	if err := folder.Ready(ctx); err != nil {
		return nil, bucketDown(err)
	}
	return folder, nil
}

// folder is what is to be verified: a stream, or its copy in a bucket.
func (c *traceVerifyCmd) folder(g *global) (*trace.Folder, error) {
	if c.Copy == "" {
		dir, err := c.dir()
		if err != nil {
			return nil, err
		}
		return ready(g.ctx, dir)
	}
	if _, err := bucket.ReadConfig(c.Copy); err != nil {
		return nil, unreadable(c.Copy, err)
	}
	folder := trace.OpenCopy(c.Copy, c.Class)
	if err := folder.Ready(g.ctx); err != nil {
		return nil, bucketDown(err)
	}
	return folder, nil
}

// bucketDown says to who runs the vault why its bucket cannot be read.
func bucketDown(err error) error {
	if e, ok := errors.AsType[*vigie.Error](err); ok && e.Err != nil {
		err = e.Err
	}
	return &vigie.Error{Code: vigie.Conflict, Key: "trace.bucket_down", Args: []any{err.Error()}, Err: err}
}
