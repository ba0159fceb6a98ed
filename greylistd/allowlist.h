// Lists of clients and of recipients, in the syntax of postgrey's files: those
// who never wait, and those whom a rule means.
//
// An entry a line, '#' begins a comment. Clients:
//
//   192.0.2.1   192.0.2.0/24   192.0.2   192.0   addresses and networks
//   2001:db8::1 2001:db8::/32                   (192.0 is 192.0.0.0/16)
//   example.org                                 the client's name, or one below
//   /^mx\d+\.example\.org$/                     the client's name matches
//
// Recipients:
//
//   user@example.org   also user+extension@example.org
//   user@              the user in any domain
//   example.org        everybody there and in domains below
//   /^list-.*@/        the address matches
//
// Nothing depends on the letters' case.
//
// Source:  postgrey 1.37, "Whitelists" in its manual page. Where its program
//          differs from the manual (two numbers of an address count as three),
//          the manual counts. Expressions are RE2's, so neither look-around nor
//          back-references exist.
// Errors:  InvalidArgument "<file>:<line>: <what>", and those of ReadFile().
// Threads: immutable once built.

#ifndef POSTERN_GREYLISTD_ALLOWLIST_H_
#define POSTERN_GREYLISTD_ALLOWLIST_H_

#include <bitset>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "greylistd/patterns.h"
#include "lib/net/ip.h"

namespace postern::greylistd {

// Where a list comes from. Entries of files come first.
struct ListSources {
  std::vector<std::string> files;  // One that ends in .local may be missing.
  std::vector<std::string> entries;
  std::string entries_field;  // What errors call `entries`.
};

class ClientList {
 public:
  static absl::StatusOr<ClientList> Read(const ListSources& sources);

  // `name` is the client's verified name, "unknown" or empty if it has none.
  bool Contains(const net::IpAddress& address, absl::string_view name) const;

  // For Read(), tests and fuzzing: adds the entry of one line, if it has one.
  absl::Status AddLine(absl::string_view line);
  // Ends adding.
  absl::Status Finish() { return patterns_.Compile(); }

 private:
  void AddNetwork(const net::Network& network);
  bool ContainsAddress(const net::IpAddress& address) const;

  // Networks by kind and length of prefix: a look-up a length in use.
  std::bitset<33> ipv4_prefixes_;
  std::bitset<129> ipv6_prefixes_;
  absl::flat_hash_set<std::pair<net::IpAddress, int>> networks_;
  absl::flat_hash_set<std::string> domains_;
  Patterns patterns_;
};

class RecipientList {
 public:
  static absl::StatusOr<RecipientList> Read(const ListSources& sources);

  bool Contains(absl::string_view recipient) const;

  absl::Status AddLine(absl::string_view line);
  absl::Status Finish() { return patterns_.Compile(); }

 private:
  bool ContainsUser(absl::string_view local, absl::string_view domain) const;

  absl::flat_hash_set<std::string> addresses_;  // "user@domain" and "user@".
  absl::flat_hash_set<std::string> domains_;
  Patterns patterns_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_ALLOWLIST_H_
