#include "mta/rewriting/domain_list.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"

namespace postern::mta::rewriting {
namespace {

constexpr size_t kMaxFileBytes = 16 << 20;

absl::Status InField(absl::string_view field, const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": ", status.message()));
}

}  // namespace

std::string DomainKey(absl::string_view domain) {
  std::string key = mail::LowerDomain(domain);
  if (absl::EndsWith(key, ".")) key.pop_back();
  return key;
}

bool IsTableName(absl::string_view item) {
  const size_t end = item.find_first_of(":/[");
  return end != item.npos && end > 0 && item[end] == ':';
}

absl::StatusOr<DomainList> DomainList::Open(
    absl::string_view field,
    const google::protobuf::RepeatedPtrField<std::string>& items,
    const table::Environment& tables) {
  DomainList list;
  for (const std::string& item : items) {
    RETURN_IF_ERROR(absl::StartsWith(item, "/")
                        ? list.AddFile(field, item, tables)
                        : list.Add(field, item, tables));
  }
  return list;
}

absl::Status DomainList::AddFile(absl::string_view field,
                                 const std::string& path,
                                 const table::Environment& tables) {
  absl::StatusOr<std::string> content = ReadFile(path, kMaxFileBytes);
  if (!content.ok()) return InField(field, content.status());
  const std::string where = absl::StrCat(field, ": ", path);
  for (absl::string_view line : absl::StrSplit(*content, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "#")) continue;
    for (const absl::string_view item :
         absl::StrSplit(line, absl::ByAnyChar(" \t,"), absl::SkipEmpty())) {
      RETURN_IF_ERROR(Add(where, item, tables));
    }
  }
  return absl::OkStatus();
}

absl::Status DomainList::Add(absl::string_view field, absl::string_view item,
                             const table::Environment& tables) {
  if (IsTableName(item)) {
    absl::StatusOr<std::unique_ptr<table::Table>> table =
        table::Open(item, tables);
    if (!table.ok()) return InField(field, table.status());
    tables_.push_back(*std::move(table));
    return absl::OkStatus();
  }
  const bool is_suffix = absl::StartsWith(item, ".");
  if (!mail::IsDomain(item.substr(is_suffix ? 1 : 0))) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": \"", Printable(item), "\" is not a domain"));
  }
  if (is_suffix) {
    suffixes_.push_back(DomainKey(item));
  } else {
    names_.insert(DomainKey(item));
  }
  return absl::OkStatus();
}

net::Task<absl::StatusOr<bool>> DomainList::Contains(std::string domain) const {
  const std::string key = DomainKey(domain);
  if (names_.contains(key)) co_return true;
  if (absl::c_any_of(suffixes_, [&key](const std::string& suffix) {
        return absl::EndsWith(key, suffix) && key.size() > suffix.size();
      })) {
    co_return true;
  }
  for (const std::unique_ptr<table::Table>& table : tables_) {
    CO_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                        co_await table->Find(key));
    if (value) co_return true;
  }
  co_return false;
}

}  // namespace postern::mta::rewriting
