// Which keys sign the mail of an address: opendkim's SigningTable.
//
// A line is an address and the name of a key in the key table (key_table.h),
// with the signer for i= behind a colon if wanted:
//
//   user@example.org   example.org            in a file: or csl: table
//   example.org        example.org
//   .example.org       example.org            sub-domains
//   user@*             other
//   *                  %:%                    '%' is the sender's domain
//   *@example.org      example.org:@mail      in a refile: table
//
// A refile: table is searched in its order. Any other is asked for user@host,
// host, user@.domain and then .domain for each domain above, user@* and *. The
// first match counts, or all of them; several lines with one key are several
// matches.
//
// The usual patterns (a whole address, *@domain, *@*.domain, *) are found
// through an index, so a table of 100 000 domains costs what a table of ten
// does; others are tried one by one.
//
// Source:  opendkim.conf(5) SigningTable, MultipleSignatures. Letters' case
//          does not matter.
// Errors:  InvalidArgument, naming the line.
// Threads: immutable once built.

#ifndef POSTERN_DKIMD_SIGNING_TABLE_H_
#define POSTERN_DKIMD_SIGNING_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/dkim/data_set.h"

namespace postern::dkimd {

class SigningTable {
 public:
  // What a line says. '%' is still in it.
  struct Entry {
    std::string key;     // The name of the key.
    std::string signer;  // For i=; empty: none.
    int line = 0;
  };

  SigningTable() = default;
  static absl::StatusOr<SigningTable> Create(const dkim::DataSet& set);

  // Returns the lines that match the address, in the order that counts; only
  // the first unless `all`.
  std::vector<const Entry*> Find(absl::string_view local_part,
                                 absl::string_view domain, bool all) const;

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  // Numbers of entries, ascending.
  using Numbers = std::vector<uint32_t>;
  using Index = absl::flat_hash_map<std::string, Numbers>;

  void AddPattern(absl::string_view pattern, uint32_t number);
  void FindByKeys(absl::string_view user, absl::string_view host, bool all,
                  Numbers& found) const;
  void FindByPatterns(absl::string_view user, absl::string_view host,
                      Numbers& found) const;

  std::vector<Entry> entries_;
  bool has_patterns_ = false;
  // A table without patterns: all of it, by key. With patterns: those without
  // a '*', and below the others by their shape.
  Index by_key_;
  Index by_domain_;  // *@domain
  Index by_parent_;  // *@*.domain
  Numbers for_all_;  // *, *@*
  std::vector<std::pair<std::string, uint32_t>> others_;
};

// Whether `text` is made as `pattern`, in which '*' stands for any text.
bool MatchesPattern(absl::string_view pattern, absl::string_view text);

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_SIGNING_TABLE_H_
