package intake

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
)

// Known tells what was known of the senders before the server began. It is called
// first.
func (s *Server) Known(list []Source) {
	s.past = map[string]Source{}
	for _, src := range list {
		s.past[src.Name] = src
	}
}

// Sources returns what is known of each sender, by name.
func (s *Server) Sources() []Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := map[string]Source{}
	for _, src := range s.past {
		now[src.Name] = src
	}
	for _, src := range s.sources {
		for _, seen := range src.seen {
			one := *seen
			if past, ok := s.past[one.Name]; ok {
				one.Events, one.Bytes, one.Dropped, one.FirstAt = one.Events+past.Events, one.Bytes+past.Bytes, one.Dropped+past.Dropped, past.FirstAt
				if !one.Skewed {
					one.Skew, one.Skewed = past.Skew, past.Skewed
				}
			}
			now[one.Name] = one
		}
	}
	list := make([]Source, 0, len(now))
	for _, src := range now {
		list = append(list, src)
	}
	slices.SortFunc(list, func(a, b Source) int { return cmp.Compare(a.Name, b.Name) })
	return list[:min(len(list), maxSources)]
}

// ReadSources reads what WriteSources wrote; none when there is no file.
func ReadSources(path string) (list []Source, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	return list, err
}

// WriteSources writes what is known of the senders, whole or not at all.
func WriteSources(path string, list []Source) error {
	data, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
