// Changes to the spool that become durable together or not at all.
//
//   Edit edit;
//   edit.Update(id, envelope);                       // two recipients are left
//   edit.Add(spool.NewId(), bounce_envelope, text);  // one has failed
//   CO_RETURN_IF_ERROR(co_await spool.Apply(std::move(edit)));
//
// Threads: a value, one at a time.

#ifndef POSTERN_MTA_QUEUE_EDIT_H_
#define POSTERN_MTA_QUEUE_EDIT_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

// A message that an edit adds.
struct NewMessage {
  QueueId id;
  spool::v1::Envelope envelope;
  std::optional<std::string> content;  // If it is small.
};

// Shows mail of our own to filters (SchedulerParts::filter). The envelope and
// the content outlive the task.
using FilterOwnMail = std::function<net::Task<bool>(
    QueueId id, spool::v1::Envelope& envelope, std::string& content)>;

class Edit {
 public:
  // Replaces the envelope of a message.
  void Update(QueueId id, const spool::v1::Envelope& envelope);

  // Deletes a message that has this envelope, and its content.
  void Remove(QueueId id, const spool::v1::Envelope& envelope);

  // Adds a message that we wrote ourselves; `envelope` says when to try it, its
  // size and chunks are filled in.
  void Add(QueueId id, spool::v1::Envelope envelope, std::string content);

  bool empty() const { return writes_.empty(); }

 private:
  friend class Committer;
  friend class Incoming;
  friend class Spool;

  // One record to write or delete.
  struct Write {
    enum class Kind {
      kPut,
      kDelete,
      // Of a key that was put once: both vanish without a trace in a flush.
      kSingleDelete,
    };
    Kind kind;
    std::string key;
    std::string value;
  };

  void Put(std::string key, std::string value);
  void Delete(std::string key);
  void SingleDelete(std::string key);
  std::vector<Write> writes_;
  // What is new, for Spool::OnCommitted().
  std::vector<NewMessage> added_;
  // Whose files of content are of no use once this is durable.
  std::vector<QueueId> unused_files_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_EDIT_H_
