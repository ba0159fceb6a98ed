// Lookup tables: one syntax for every daemon, Postfix's.
//
//   hash:/path, texthash:/path   postmap(5): "key whitespace value" a line.
//                                Both read the text file; nothing is compiled.
//   cidr:/path                   cidr_table(5): networks in order, "!",
//                                if/endif.
//   regexp:/path                 regexp_table(5): RE2 expressions in order,
//                                "!", if/endif, $1 in the result.
//   pcre:/path                   pcre_table(5): the same with Perl's syntax.
//   unix:passwd.byname           The accounts of this machine; also
//                                group.byname.
//   aliases:/path                aliases(5): "name: value" a line.
//   static:value                 Every key has this value.
//   inline:{a=b, {c = d e}}      The entries themselves; a list of plain words
//   inline:a, b                  gives each of them the empty value.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<table::Table> table,
//                    table::Open("hash:/etc/postern/access"));
//   CO_ASSIGN_OR_RETURN(const std::optional<std::string> action,
//                       co_await table->Find("example.org"));
//
// A table is a snapshot. The owner calls Refresh() now and then; a file that
// has changed is read and checked completely before it replaces the old one.
//
// Source:  postmap(5), cidr_table(5), regexp_table(5). Keys of hash, texthash
//          and inline do not depend on the letters' case, as with postmap;
//          regexp patterns do so only with the flag i. What Postfix warns about
//          and skips is an error here. RE2 has no back-references, no
//          look-around and no basic (regexp's flag x) syntax: such patterns
//          are errors.
// Errors:  InvalidArgument "<path>:<line>: <what>"; NotFound,
//          PermissionDenied, ResourceExhausted for the file itself.
//          Find(): the table cannot be asked now. Nobody knows whether the key
//          is there, so mail that depends on it waits (451 4.3.0).
// Threads: Lookup() and Refresh() from any thread, Find() from any reactor;
//          Refresh() blocks.
// Limits:  a file of 64 MiB; if/endif and tables of tables 16 deep.

#ifndef POSTERN_LIB_TABLE_TABLE_H_
#define POSTERN_LIB_TABLE_TABLE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/task.h"
#include "lib/table/snapshot.h"

namespace postern::redis {
class Client;
}

namespace postern::table {

class Table {
 public:
  virtual ~Table() = default;

  // Tells whether the content is here, so that Lookup() can be used.
  virtual bool is_local() const { return true; }

  // Returns the value of `key`, or nullopt if the table has none. The table
  // must be local: for others there is Find().
  virtual std::optional<std::string> Lookup(absl::string_view key) const = 0;

  // The same for whatever kind of table; it may wait for another program.
  // `key` is copied before this returns; the table must outlive the task.
  net::Task<absl::StatusOr<std::optional<std::string>>> Find(
      absl::string_view key) const {
    return Ask(std::string(key));
  }

  // Reads the file again if it is another one than last time (by its
  // modification time, size and inode); tells whether the content was
  // replaced. On an error the old content stays; the same wrong file is
  // reported once.
  virtual absl::StatusOr<bool> Refresh() = 0;

  // Returns the values in the table as they are written, so that the owner can
  // refuse a wrong one at start; nothing if they are elsewhere.
  virtual std::vector<Result> Results() const { return {}; }

 private:
  // What Find() does; answers at once from Lookup() unless overridden.
  virtual net::Task<absl::StatusOr<std::optional<std::string>>> Ask(
      std::string key) const;
};

// What tables outside this process need; must outlive the tables.
struct Environment {
  redis::Client* redis = nullptr;  // For redis:; nullptr: there is none.
  // The tables are only to be checked: redis: is taken without a client.
  bool only_checks = false;
  absl::Duration timeout = absl::Seconds(1);  // Of one look-up.
};

// Opens the table that `spec` names and reads it.
absl::StatusOr<std::unique_ptr<Table>> Open(absl::string_view spec,
                                            const Environment& environment);

// The same for places that only Lookup(): other tables are InvalidArgument.
absl::StatusOr<std::unique_ptr<Table>> Open(absl::string_view spec);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_TABLE_H_
