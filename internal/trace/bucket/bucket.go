// Package bucket keeps copies of the sealed files of the vault on storage that
// speaks the protocol of S3. It serves 9.7.3, 9.9.1 and 9.11.4.
package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"gopkg.in/yaml.v3"
)

// ConfigFile is the name of the configuration in the folder of a vault.
const ConfigFile = "bucket.yaml"

// A Config says where copies go.
type Config struct {
	Endpoint    string `yaml:"endpoint"`    // https://host[:port]; http for this machine alone
	Region      string `yaml:"region"`      // asked of the server when empty
	Bucket      string `yaml:"bucket"`      // exists already
	Prefix      string `yaml:"prefix"`      // of every name; "" or a path
	Credentials string `yaml:"credentials"` // file of AWS form; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY when empty
	Lock        string `yaml:"lock"`        // "compliance" or "governance": blocks cannot be destroyed before their least retention
	LocalDays   int64  `yaml:"local_days"`  // copies of this machine older than this are dropped; 0: none is
}

// ReadConfig reads the configuration of a vault; nil when it has none.
func ReadConfig(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &Config{}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c.Credentials != "" && !filepath.IsAbs(c.Credentials) {
		c.Credentials = filepath.Join(filepath.Dir(path), c.Credentials)
	}
	return c, nil
}

func (c *Config) check() error {
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil:
		return errors.New("endpoint: not https://host")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return errors.New("endpoint: https beyond this machine")
	case c.Bucket == "":
		return errors.New("bucket: missing")
	case c.Lock != "" && c.Lock != "compliance" && c.Lock != "governance":
		return errors.New("lock: compliance or governance")
	case c.LocalDays < 0:
		return errors.New("local_days: negative")
	}
	c.Prefix = strings.Trim(c.Prefix, "/")
	if c.Prefix != "" {
		c.Prefix += "/"
	}
	return nil
}

// Place names where copies go.
func (c *Config) Place() string { return c.Endpoint + "/" + c.Bucket + "/" + c.Prefix }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// A Bucket holds objects by name. Its methods may be called at the same time.
type Bucket struct {
	config Config
	client *minio.Client
}

// requestTime bounds one request; tries how often one is made.
const (
	requestTime = 2 * time.Minute
	tries       = 3
)

// Open makes a Bucket; it asks nothing of the server yet.
func Open(c *Config) (*Bucket, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, err
	}
	keys := credentials.NewEnvAWS()
	if c.Credentials != "" {
		keys = credentials.NewFileAWSCredentials(c.Credentials, "")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	transport.ResponseHeaderTimeout = 30 * time.Second
	client, err := minio.New(u.Host, &minio.Options{Creds: keys, Secure: u.Scheme == "https", Region: c.Region, Transport: transport, TrailingHeaders: true, MaxRetries: tries})
	if err != nil {
		return nil, err
	}
	return &Bucket{*c, client}, nil
}

// ErrMissing says that the server answers, and has no such object.
var ErrMissing = errors.New("not in the bucket")

// reason makes errors of the server ours.
func reason(name string, err error) error {
	if err == nil {
		return nil
	}
	if r := minio.ToErrorResponse(err); r.Code == minio.NoSuchKey || r.StatusCode == http.StatusNotFound && r.Code != minio.NoSuchBucket {
		return fmt.Errorf("%s: %w", name, ErrMissing)
	}
	return fmt.Errorf("bucket: %s: %w", name, err)
}

// Check says whether the bucket is there and answers.
func (b *Bucket) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	there, err := b.client.BucketExists(ctx, b.config.Bucket)
	if err == nil && !there {
		err = errors.New("it does not exist")
	}
	if err != nil {
		return fmt.Errorf("bucket %s: %w", b.config.Bucket, err)
	}
	return nil
}

// Ensure is Put that leaves an object which is there with the same bytes.
func (b *Bucket) Ensure(ctx context.Context, name string, data []byte, until time.Time) error {
	same, err := b.holds(ctx, name, int64(len(data)), sha256.Sum256(data))
	if err != nil || same {
		return err
	}
	return b.Put(ctx, name, data, until)
}

// Put writes an object and returns once the server says that what it holds has the
// checksum of what was sent. The object cannot be destroyed before until when locks
// are asked for and until is not over.
func (b *Bucket) Put(ctx context.Context, name string, data []byte, until time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	sum := sha256.Sum256(data)
	text := base64.StdEncoding.EncodeToString(sum[:])
	options := minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true, UserMetadata: map[string]string{"x-amz-checksum-sha256": text}}
	if b.config.Lock != "" && until.After(time.Now()) {
		options.Mode, options.RetainUntilDate = minio.RetentionMode(strings.ToUpper(b.config.Lock)), until.UTC()
	}
	info, err := b.client.PutObject(ctx, b.config.Bucket, b.config.Prefix+name, bytes.NewReader(data), int64(len(data)), options)
	if err != nil || info.ChecksumSHA256 == text {
		return reason(name, err)
	}
	same, err := b.holds(ctx, name, int64(len(data)), sum) // a server that tells no checksum in its answer
	if err == nil && !same {
		err = fmt.Errorf("bucket: %s: the server does not hold what was sent", name)
	}
	return err
}

// holds says whether an object has these bytes. A server that tells no checksum is
// asked for the bytes.
func (b *Bucket) holds(ctx context.Context, name string, size int64, sum [32]byte) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	info, err := b.client.StatObject(ctx, b.config.Bucket, b.config.Prefix+name, minio.StatObjectOptions{Checksum: true})
	if err = reason(name, err); errors.Is(err, ErrMissing) {
		return false, nil
	}
	if err != nil || info.Size != size {
		return false, err
	}
	if info.ChecksumSHA256 != "" {
		return info.ChecksumSHA256 == base64.StdEncoding.EncodeToString(sum[:]), nil
	}
	data, err := b.Get(ctx, name, 0, size)
	return err == nil && sha256.Sum256(data) == sum, err
}

// Get returns a part of an object: all of it when size is negative.
//
// Errors: ErrMissing.
func (b *Bucket) Get(ctx context.Context, name string, from, size int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	var options minio.GetObjectOptions
	if size == 0 {
		return nil, nil
	}
	if size > 0 {
		if err := options.SetRange(from, from+size-1); err != nil {
			return nil, err
		}
	}
	o, err := b.client.GetObject(ctx, b.config.Bucket, b.config.Prefix+name, options)
	if err != nil {
		return nil, reason(name, err)
	}
	defer o.Close()
	data, err := io.ReadAll(o)
	if err == nil && size > 0 && int64(len(data)) != size {
		err = io.ErrUnexpectedEOF
	}
	return data, reason(name, err)
}

// An Object is one in a list.
type Object struct {
	Name    string // without the prefix of the configuration
	Size    int64
	version string
}

// List returns the objects below a folder, or those in it alone, in the order of
// their names.
func (b *Bucket) List(ctx context.Context, folder string, below bool) ([]Object, error) {
	return b.list(ctx, minio.ListObjectsOptions{Prefix: b.config.Prefix + folder + "/", Recursive: below})
}

func (b *Bucket) list(ctx context.Context, options minio.ListObjectsOptions) (out []Object, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*requestTime)
	defer cancel()
	for o := range b.client.ListObjectsIter(ctx, b.config.Bucket, options) {
		if o.Err != nil {
			return nil, reason(options.Prefix, o.Err)
		}
		out = append(out, Object{strings.TrimPrefix(o.Key, b.config.Prefix), o.Size, o.VersionID})
	}
	return out, nil
}

// Remove destroys an object with all its versions. One that is not there is no
// error.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	versioning, err := b.client.GetBucketVersioning(ctx, b.config.Bucket)
	if err != nil && minio.ToErrorResponse(err).Code != "NotImplemented" && minio.ToErrorResponse(err).Code != "VersioningNotConfigured" {
		return reason(name, err)
	}
	versions := []Object{{Name: name}}
	if versioning.Status != "" {
		if versions, err = b.list(ctx, minio.ListObjectsOptions{Prefix: b.config.Prefix + name, Recursive: true, WithVersions: true}); err != nil {
			return err
		}
	}
	for _, v := range versions {
		if v.Name != name {
			continue
		}
		if err := reason(name, b.client.RemoveObject(ctx, b.config.Bucket, b.config.Prefix+name, minio.RemoveObjectOptions{VersionID: v.version})); err != nil && !errors.Is(err, ErrMissing) {
			return err
		}
	}
	return nil
}
