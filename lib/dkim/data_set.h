// What opendkim.conf(5) calls a data set: the lists and tables of opendkim's
// configuration, in its own syntax.
//
//   file:/path, /path   a line an entry: a key and, behind blanks, a value;
//                       '#' begins a comment
//   refile:/path        the same; keys are patterns, in which '*' is any text
//   csl:a,b  a,b  a=x   the entries themselves, between commas
//
//   ASSIGN_OR_RETURN(const DataSet set,
//                    DataSet::Read("refile:/etc/postern/signing.table"));
//   for (const DataSet::Entry& entry : set.entries()) …
//
// Source:  opendkim(8) "Data sets"; what people use of it. db:, dsn:, ldap:
//          and the like are errors that say so.
// Errors:  InvalidArgument, those of ReadFile(); the text begins with the file,
//          and the line where there is one.
// Threads: immutable. Read() blocks.
// Limits:  a file of 64 MiB.

#ifndef POSTERN_LIB_DKIM_DATA_SET_H_
#define POSTERN_LIB_DKIM_DATA_SET_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::dkim {

class DataSet {
 public:
  struct Entry {
    std::string key;  // As written.
    std::string value;
    int line = 0;  // From 1; of a list: the number of the entry.
  };

  // Reads what `spec` names. An empty one is an empty list.
  static absl::StatusOr<DataSet> Read(absl::string_view spec);

  // The entries of a file's text, or of a list.
  static DataSet ParseFile(absl::string_view text, std::string path,
                           bool has_patterns);
  static DataSet ParseList(absl::string_view text);

  const std::vector<Entry>& entries() const { return entries_; }
  // Whether the keys are patterns.
  bool has_patterns() const { return has_patterns_; }
  // Where it came from; empty for a list.
  const std::string& file() const { return file_; }

  // An error about one entry: "<file>:<line>: <what>".
  absl::Status ErrorAt(const Entry& entry, absl::string_view what) const;

 private:
  std::vector<Entry> entries_;
  bool has_patterns_ = false;
  std::string file_;
};

// Reads several that make one list: each item of a list of the configuration
// is an entry, or names a data set. `files` gets the files that were read.
absl::StatusOr<std::vector<std::string>> ReadKeys(
    const std::vector<std::string>& items, std::vector<std::string>& files);

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_DATA_SET_H_
