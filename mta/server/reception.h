// The message of the transaction that is open: named at MAIL, received after
// DATA, ours once it is stored.
//
//   step = dialogue.OnOpen(reception.Open(size));                    // MAIL
//   CO_ASSIGN_OR_RETURN(Problem problem, co_await reception.Receive());
//   step = dialogue.OnContent(problem);
//   step = dialogue.OnStored(co_await reception.Store());            // "250"
//   reception.Drop();   // whenever no transaction is open
//
// In the log: one line for each message that was stored, or refused for its
// content.
//
// Threads: of the session.
// Limits:  constant memory: content goes on to the spool while it arrives.

#ifndef POSTERN_MTA_SERVER_RECEPTION_H_
#define POSTERN_MTA_SERVER_RECEPTION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/queue/incoming.h"
#include "mta/server/conversation.h"
#include "mta/smtp/data_reader.h"

namespace postern::mta::server {

class Reception {
 public:
  // `conversation` must outlive it.
  explicit Reception(Conversation& conversation)
      : conversation_(conversation) {}

  // Begins a message for which MAIL declares `size_bytes` (0: nothing) and
  // returns its queue id. An error says why there is no room.
  absl::StatusOr<std::string> Open(int64_t size_bytes);

  // Forgets the message, if there is one; an open one leaves nothing behind.
  void Drop() { incoming_.reset(); }

  // Receives what follows DATA; returns what is the matter with it. An error is
  // the stream's: there is nobody to answer.
  net::Task<absl::StatusOr<smtp::DataReader::Problem>> Receive();

  // Makes the message durable, or forgets it if it is to be discarded. An error
  // is ours, for a 4xx.
  net::Task<absl::Status> Store();

  // How many messages of the session were stored.
  uint64_t messages() const { return messages_; }

 private:
  net::Task<std::string> TraceFields();
  net::Task<absl::Status> Commit();
  void Report(absl::string_view event) const;
  void ReportBad(smtp::DataReader::Problem problem) const;

  Conversation& conversation_;
  std::unique_ptr<queue::Incoming> incoming_;
  absl::Status received_;  // Whether the spool took all content.
  uint64_t messages_ = 0;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_RECEPTION_H_
