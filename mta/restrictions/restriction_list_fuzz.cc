// Whatever stands in a restriction list: no crash, and what is understood has
// a rule or a class behind each name. The book is sealed, as it is when such
// texts come from tables and policy services: nothing is opened.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "lib/config/config.h"
#include "mta/restrictions/rule_book.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern;
  using namespace postern::mta::restrictions;
  static const std::unique_ptr<RuleBook>& book = *[] {
    config::v1::Mta config;
    assert(config::ApplyDefaults(config).ok());
    (*config.mutable_smtpd_restriction_classes())["class"] = "reject";
    absl::StatusOr<std::unique_ptr<RuleBook>> created =
        RuleBook::Create(config, {});
    (*created)->Seal();
    return new std::unique_ptr<RuleBook>(*std::move(created));
  }();
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<RuleList> list = book->Read(text, "check_client_access");
  if (!list.ok()) return 0;
  assert(!list->entries.empty());
  for (const RuleList::Entry& entry : list->entries) {
    assert(!entry.name.empty());
    assert((entry.rule == nullptr) != (entry.nested == nullptr));
  }
  RuleBook::EffectOf(*list);
  return 0;
}
