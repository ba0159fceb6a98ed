#include "lib/milter/changes.h"

namespace postern::milter {

Verdict Verdict::Reply(int code, absl::string_view enhanced_code,
                       absl::string_view text) {
  return Verdict{
      Kind::kReply, code, std::string(enhanced_code), {std::string(text)}};
}

void Changes::AddHeader(absl::string_view name, absl::string_view value) {
  Add({Change::Kind::kAddHeader, 0, std::string(name), std::string(value)});
}

void Changes::InsertHeader(uint32_t index, absl::string_view name,
                           absl::string_view value) {
  Add({Change::Kind::kInsertHeader, index, std::string(name),
       std::string(value)});
}

void Changes::ChangeHeader(absl::string_view name, uint32_t occurrence,
                           absl::string_view value) {
  Add({Change::Kind::kChangeHeader, occurrence, std::string(name),
       std::string(value)});
}

void Changes::DeleteHeader(absl::string_view name, uint32_t occurrence) {
  ChangeHeader(name, occurrence, "");
}

void Changes::ChangeSender(absl::string_view address,
                           absl::string_view arguments) {
  Add({Change::Kind::kChangeSender, 0, std::string(address),
       std::string(arguments)});
}

void Changes::AddRecipient(absl::string_view address,
                           absl::string_view arguments) {
  Add({Change::Kind::kAddRecipient, 0, std::string(address),
       std::string(arguments)});
}

void Changes::DeleteRecipient(absl::string_view address) {
  Add({Change::Kind::kDeleteRecipient, 0, std::string(address), ""});
}

void Changes::ReplaceBody(std::string body) {
  Add({Change::Kind::kReplaceBody, 0, "", std::move(body)});
}

void Changes::Quarantine(absl::string_view reason) {
  Add({Change::Kind::kQuarantine, 0, "", std::string(reason)});
}

}  // namespace postern::milter
