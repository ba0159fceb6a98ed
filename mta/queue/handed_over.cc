#include "mta/queue/handed_over.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/base/status_macros.h"
#include "lib/net/keyed_digest.h"
#include "mta/smtp/reply.h"

namespace postern::mta::queue {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kSpoolNameBytes = 16;
constexpr int kMostRecipients = 100'000;
constexpr size_t kLongestText = 64 << 10;

absl::Status Refusal(absl::string_view why) {
  return smtp::ReplyError({554, "5.5.4", absl::StrCat("Error: ", why)});
}

bool IsOneLine(absl::string_view text) {
  return text.size() <= kLongestText &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
         });
}

// Tells whether no text of `message` can end a line where it is shown or sent.
bool HasOnlyLines(const Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  return std::all_of(
      fields.begin(), fields.end(), [&](const FieldDescriptor* field) {
        if (field->is_repeated() ||
            field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
          return true;
        }
        return IsOneLine(reflection->GetString(message, field));
      });
}

// Tells two sets of recipients of one message apart.
uint64_t EditOf(const spool::v1::Envelope& envelope) {
  std::string all;
  const auto add = [&all](absl::string_view text) {
    absl::StrAppend(&all, text.size(), ":", text);
  };
  add(envelope.sender());
  for (const auto& recipient : envelope.recipients()) add(recipient.address());
  uint64_t edit = 0;
  for (const char c : net::KeyedDigestOf("", all).substr(0, sizeof(edit))) {
    edit = edit << 8 | static_cast<unsigned char>(c);
  }
  return edit;
}

absl::Status CheckRecipients(const spool::v1::Envelope& envelope) {
  if (envelope.recipients().empty() ||
      envelope.recipients_size() > kMostRecipients) {
    return Refusal("no recipients, or too many");
  }
  for (const spool::v1::Recipient& recipient : envelope.recipients()) {
    if (recipient.address().empty() || !HasOnlyLines(recipient)) {
      return Refusal("not a recipient");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOrigins(const spool::v1::Envelope& envelope) {
  if (envelope.origins().empty() || envelope.origins_size() > kMostOrigins) {
    return Refusal("no origin, or too many");
  }
  for (const spool::v1::Origin& origin : envelope.origins()) {
    if (origin.spool().size() != kSpoolNameBytes) {
      return Refusal("not an origin");
    }
  }
  if (envelope.origins(0).edit() != EditOf(envelope)) {
    return Refusal("not its origin");
  }
  return absl::OkStatus();
}

}  // namespace

bool IsForThisMachine(const spool::v1::Envelope& envelope) {
  return std::any_of(envelope.recipients().begin(), envelope.recipients().end(),
                     [](const spool::v1::Recipient& recipient) {
                       return !recipient.file().empty() ||
                              !recipient.command().empty();
                     });
}

spool::v1::Envelope HandedOver(absl::string_view spool_name, QueueId id,
                               spool::v1::Envelope envelope) {
  spool::v1::Origin origin;
  origin.set_spool(std::string(spool_name));
  origin.set_queue_id(id.number);
  origin.set_edit(EditOf(envelope));
  auto* origins = envelope.mutable_origins();
  *origins->Add() = std::move(origin);
  std::rotate(origins->begin(), origins->end() - 1, origins->end());
  while (origins->size() > kMostOrigins) origins->RemoveLast();
  envelope.set_handoffs(envelope.handoffs() + 1);
  return envelope;
}

absl::StatusOr<spool::v1::Envelope> ParseHandedOver(absl::string_view bytes,
                                                    int64_t content_bytes) {
  spool::v1::Envelope envelope;
  if (!envelope.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Refusal("not an envelope");
  }
  RETURN_IF_ERROR(CheckRecipients(envelope));
  if (!HasOnlyLines(envelope)) return Refusal("not the text of an envelope");
  if (envelope.size_bytes() != content_bytes) {
    return Refusal("not the envelope of this content");
  }
  RETURN_IF_ERROR(CheckOrigins(envelope));
  if (IsForThisMachine(envelope)) {
    return Refusal("files and commands stay where they are");
  }
  if (envelope.queued_us() <= 0 || envelope.next_attempt_us() < 0) {
    return Refusal("not a time");
  }
  if (envelope.handoffs() > kMostHandoffs) {
    return smtp::ReplyError(
        {451, "4.4.6", "Error: it was handed over too often"});
  }
  return envelope;
}

}  // namespace postern::mta::queue
