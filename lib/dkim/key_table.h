// Where keys are: opendkim's KeyTable.
//
// A line is a name and "domain:selector:key". The key is a path if it begins
// with "/", "./" or "../" (these from the folder of the table); else it is the
// key itself, DER in base64. '%' stands for the sender's domain, as a whole
// domain and inside a path. "rsa-sha256" or "ed25519-sha256" may stand behind
// one more colon.
//
//   example.org  example.org:2026a:/etc/postern/dkim/example.org/2026a.private
//   any          %:mail:/etc/postern/dkim/%/mail.private
//
// A name with several lines has several keys, and all of them sign: an RSA and
// an Ed25519 key (RFC 8463), or the old and the new one.
//
// Source:  opendkim.conf(5) KeyTable.
// Errors:  InvalidArgument, naming the line.
// Threads: immutable once built.

#ifndef POSTERN_LIB_DKIM_KEY_TABLE_H_
#define POSTERN_LIB_DKIM_KEY_TABLE_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/dkim/data_set.h"
#include "lib/dkim/key_source.h"

namespace postern::dkim {

class KeyTable {
 public:
  struct Entry {
    std::string domain;  // "%" or a domain in lower case.
    std::string selector;
    KeySource key;  // '%' may be in its path.
  };

  // Reads one line of `set`.
  static absl::StatusOr<Entry> Parse(const DataSet& set,
                                     const DataSet::Entry& line);

  KeyTable() = default;
  static absl::StatusOr<KeyTable> Create(const DataSet& set);

  // The keys of that name; none: there is no such name.
  const std::vector<Entry>& Find(absl::string_view name) const;

  bool Contains(absl::string_view name) const { return keys_.contains(name); }
  const absl::flat_hash_map<std::string, std::vector<Entry>>& keys() const {
    return keys_;
  }

 private:
  absl::flat_hash_map<std::string, std::vector<Entry>> keys_;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_KEY_TABLE_H_
