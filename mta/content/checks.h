// The tables of header_checks, mime_header_checks, nested_header_checks and
// body_checks, and what of a message they look at.
//
//   ASSIGN_OR_RETURN(const Checks checks,
//                    Checks::FromConfig(config, "mx.example.org", tables));
//   CO_ASSIGN_OR_RETURN(const std::optional<std::string> result,
//                       co_await checks.Find(CheckList::kHeader, line));
//
// Source:  header_checks(5), postconf(5): mime_header_checks and
//          nested_header_checks are "$header_checks" unless they are set.
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault. An action that cannot be done is one.
// Threads: immutable; the tables follow their files.

#ifndef POSTERN_MTA_CONTENT_CHECKS_H_
#define POSTERN_MTA_CONTENT_CHECKS_H_

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "lib/table/table.h"
#include "mta/content/message_splitter.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::content {

enum class CheckList { kHeader, kMimeHeader, kNestedHeader, kBody };
inline constexpr int kCheckListCount = 4;

// Returns the name in postconf(5): "header_checks".
absl::string_view CheckListName(CheckList list);

// Returns the list that looks at a header field: fields of MIME have one of
// their own wherever they stand, and so have the fields of a part.
CheckList CheckListOf(HeaderKind kind, absl::string_view field_name);

class Checks {
 public:
  // `myhostname` is the relay's name.
  static absl::StatusOr<Checks> FromConfig(
      const config::v1::Mta& config, absl::string_view myhostname,
      const table::Environment& environment);

  // Tells whether `list` has a table.
  bool Has(CheckList list) const { return !tables_[Index(list)].empty(); }

  // Returns what the first table of `list` that knows `line` says. An error
  // says that one could not be asked. The checks must outlive the task.
  net::Task<absl::StatusOr<std::optional<std::string>>> Find(
      CheckList list, std::string line) const;

  // How messages are to be cut for these checks.
  const MessageSplitter::Options& splitting() const { return splitting_; }

  // Our name in Authentication-Results.
  const std::string& authserv_id() const { return authserv_id_; }

 private:
  using Tables = std::vector<std::shared_ptr<const table::Table>>;

  static size_t Index(CheckList list) { return static_cast<size_t>(list); }

  std::array<Tables, kCheckListCount> tables_;
  MessageSplitter::Options splitting_;
  std::string authserv_id_;
};

}  // namespace postern::mta::content

#endif  // POSTERN_MTA_CONTENT_CHECKS_H_
