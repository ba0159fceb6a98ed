#include "mta/admin/shown_message.h"

#include <cstddef>
#include <string>

#include "google/protobuf/util/time_util.h"
#include "lib/base/printable.h"
#include "lib/mail/utf8.h"
#include "mta/admin/queue_filter.h"

namespace postern::mta::admin {

namespace api = ::postern::admin::v1;

using ::google::protobuf::util::TimeUtil;
using queue::QueueId;
using queue::QueueIndex;

constexpr size_t kLongestAddress = 320;

void Fill(QueueId id, const QueueIndex::Entry& entry,
          const spool::v1::Envelope& envelope, api::QueuedMessage& message) {
  message.set_queue_id(id.ToString());
  message.set_state(ShownState(entry.state));
  message.set_size_bytes(envelope.size_bytes());
  *message.mutable_queued() =
      TimeUtil::MicrosecondsToTimestamp(envelope.queued_us());
  *message.mutable_next_attempt() =
      TimeUtil::MicrosecondsToTimestamp(entry.due_us);
  message.set_failures(envelope.failures());
  message.set_sender(mail::PrintableUtf8(envelope.sender(), kLongestAddress));
  message.set_client_address(Printable(envelope.client_address()));
  message.set_client_name(Printable(envelope.client_name()));
  message.set_helo_name(Printable(envelope.helo_name()));
  message.set_session(Printable(envelope.session()));
  for (const spool::v1::Recipient& recipient : envelope.recipients()) {
    api::QueuedRecipient& shown = *message.add_recipients();
    shown.set_address(
        mail::PrintableUtf8(recipient.address(), kLongestAddress));
    shown.set_last_status(Printable(recipient.last_status()));
    shown.set_last_reply(Printable(recipient.last_reply(), 500));
    shown.set_last_host(Printable(recipient.last_host()));
  }
}

void FillDamaged(QueueId id, const std::string& why,
                 api::QueuedMessage& message) {
  message.set_queue_id(id.ToString());
  message.set_state(api::QueuedMessage::STATE_DAMAGED);
  message.set_damage(why);
}

}  // namespace postern::mta::admin
