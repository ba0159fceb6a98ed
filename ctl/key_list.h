// Which keys a verb is about: one, by its parts, all of a key table, or those
// that a configuration names (configured_keys.h).
//
//   ASSIGN_OR_RETURN(const std::vector<NamedKey> keys, KeysOf(arguments));
//
// A key for the domain '%' is for whoever sends, and left out.
//
// Errors:  InvalidArgument, NotFound and what reading a file says; the text
//          starts with the option, or the file and the line.
// Threads: blocks.

#ifndef POSTERN_CTL_KEY_LIST_H_
#define POSTERN_CTL_KEY_LIST_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ctl/arguments.h"
#include "lib/dkim/crypto.h"

namespace postern::ctl {

struct NamedKey {
  std::string domain;
  std::string selector;
  std::optional<dkim::PrivateKey> key;  // Without: only what the DNS has.
  std::string path = "";                // Of the key; empty: it is in no file.
};

// A line of a key table.
struct KeyLine {
  size_t number = 0;  // From 1.
  std::string name;   // What the signing table calls it.
  NamedKey key;
};

// Reads the key table at `path`; with `domain`, only its keys.
absl::StatusOr<std::vector<KeyLine>> ReadKeyTable(
    const std::string& path, const std::string& domain = "");

// What KeysOf() reads: -d DOMAIN, -s SELECTOR, -k FILE, --key-table FILE,
// --config FILE (dkimd's), --opendkim-conf FILE.
Syntax KeySyntax();

absl::StatusOr<std::vector<NamedKey>> KeysOf(const Arguments& arguments);

// The key of -k FILE.
absl::StatusOr<dkim::PrivateKey> ReadKey(const std::string& path);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_KEY_LIST_H_
