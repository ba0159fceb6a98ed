#include "mta/content/checks.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"
#include "mta/content/check_action.h"

namespace postern::mta::content {
namespace {

constexpr std::array<absl::string_view, kCheckListCount> kNames = {
    "header_checks", "mime_header_checks", "nested_header_checks",
    "body_checks"};

constexpr absl::string_view kSameAsHeader = "$header_checks";

// Fields that are about MIME wherever they stand.
constexpr absl::string_view kMimeFields[] = {
    "Content-Description",       "Content-Disposition", "Content-ID",
    "Content-Transfer-Encoding", "Content-Type",        "MIME-Version"};

absl::Status FieldError(absl::string_view field, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", text));
}

// Refuses what the relay could not do once a line matches.
absl::Status CheckResults(absl::string_view spec, const table::Table& table,
                          Subject subject) {
  for (const table::Result& result : table.Results()) {
    const absl::Status checked = CheckResult(result.text, subject);
    if (checked.ok()) continue;
    if (result.line == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(Printable(spec), ": ", checked.message()));
    }
    return absl::InvalidArgumentError(absl::StrCat(
        Printable(spec), ":", result.line, ": ", checked.message()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const table::Table>> OpenTable(
    absl::string_view spec, const table::Environment& environment,
    Subject subject) {
  ASSIGN_OR_RETURN(std::shared_ptr<const table::Table> table,
                   table::Open(spec, environment));
  RETURN_IF_ERROR(CheckResults(spec, *table, subject));
  return table;
}

absl::StatusOr<std::string> AuthservIdOf(const config::v1::Mta& config,
                                         absl::string_view myhostname) {
  const std::string& id = config.authserv_id();
  if (id.empty()) return std::string(myhostname);
  if (mail::IsDomain(id)) return id;
  return FieldError("authserv_id",
                    absl::StrCat("\"", Printable(id), "\" is not a host name"));
}

}  // namespace

absl::string_view CheckListName(CheckList list) {
  return kNames[static_cast<size_t>(list)];
}

CheckList CheckListOf(HeaderKind kind, absl::string_view field_name) {
  const bool is_mime =
      std::any_of(std::begin(kMimeFields), std::end(kMimeFields),
                  [field_name](absl::string_view name) {
                    return absl::EqualsIgnoreCase(name, field_name);
                  });
  if (is_mime || kind == HeaderKind::kPart) return CheckList::kMimeHeader;
  return kind == HeaderKind::kNested ? CheckList::kNestedHeader
                                     : CheckList::kHeader;
}

absl::StatusOr<Checks> Checks::FromConfig(
    const config::v1::Mta& config, absl::string_view myhostname,
    const table::Environment& environment) {
  Checks checks;
  const google::protobuf::RepeatedPtrField<std::string>* const specs[] = {
      &config.header_checks(), &config.mime_header_checks(),
      &config.nested_header_checks(), &config.body_checks()};
  for (size_t i = 0; i < kCheckListCount; ++i) {
    const bool is_body = i == Index(CheckList::kBody);
    Tables& tables = checks.tables_[i];
    for (const std::string& spec : *specs[i]) {
      if (spec == kSameAsHeader && i != Index(CheckList::kHeader)) {
        const Tables& same = checks.tables_[Index(CheckList::kHeader)];
        tables.insert(tables.end(), same.begin(), same.end());
        continue;
      }
      auto table = OpenTable(spec, environment,
                             is_body ? Subject::kBody : Subject::kHeader);
      if (!table.ok()) return FieldError(kNames[i], table.status().message());
      tables.push_back(*std::move(table));
    }
  }
  MessageSplitter::Options& splitting = checks.splitting_;
  splitting.max_field_bytes = static_cast<size_t>(config.header_size_limit());
  splitting.has_parts = checks.Has(CheckList::kMimeHeader) ||
                        checks.Has(CheckList::kNestedHeader) ||
                        checks.Has(CheckList::kBody);
  splitting.mime.max_nesting = config.mime_nesting_limit();
  splitting.mime.max_boundary_bytes = config.mime_boundary_length_limit();
  splitting.line_bytes =
      checks.Has(CheckList::kBody) ? config.body_checks_size_limit() : 0;
  ASSIGN_OR_RETURN(checks.authserv_id_, AuthservIdOf(config, myhostname));
  return checks;
}

net::Task<absl::StatusOr<std::optional<std::string>>> Checks::Find(
    CheckList list, std::string line) const {
  for (const std::shared_ptr<const table::Table>& table :
       tables_[Index(list)]) {
    CO_ASSIGN_OR_RETURN(std::optional<std::string> result,
                        co_await table->Find(line));
    if (result) co_return result;
  }
  co_return std::nullopt;
}

}  // namespace postern::mta::content
