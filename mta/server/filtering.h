// Shows a session to the mail filters of its listener, stage by stage, and the
// content of its messages.
//
//   Filtering filtering(conversation);
//   decision = co_await filtering.Decide();        // about dialogue.stage()
//   CO_RETURN_IF_ERROR(co_await filtering.Judge(fields, incoming, envelope));
//   filtering.EndMessage();
//
// What a filter refuses or discards is counted and logged here.
//
// Threads: of the session.

#ifndef POSTERN_MTA_SERVER_FILTERING_H_
#define POSTERN_MTA_SERVER_FILTERING_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/milter/envelope.h"
#include "lib/milter/macros.h"
#include "lib/net/task.h"
#include "mta/filters/milter_chain.h"
#include "mta/queue/incoming.h"
#include "mta/restrictions/decision.h"
#include "mta/server/conversation.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::server {

class Filtering {
 public:
  // `conversation` must outlive it.
  explicit Filtering(Conversation& conversation)
      : conversation_(conversation) {}

  // Whether there is any filter for this client.
  bool is_active() const { return chain_ != nullptr && chain_->is_active(); }

  // Asks about the stage that the dialogue is at.
  net::Task<restrictions::Decision> Decide();

  // The recipient of the latest command has been refused with `reply`: shows it
  // to the filters that want to know of such.
  net::Task<> ShowRejected(const smtp::Reply& reply);

  // Shows the message: its header `fields`, and the body that `incoming` has.
  // What the filters change is changed: the header is put in front of the body,
  // or of a new one, and `envelope` becomes what they want. Returns whether it
  // is to be discarded; an error has the reply that refuses it.
  net::Task<absl::StatusOr<bool>> Judge(std::string fields,
                                        queue::Incoming& incoming,
                                        spool::v1::Envelope& envelope);

  // The client has said what is no command, and `step` is the answer; returns
  // that, or with the words of a filter that knows better ones.
  net::Task<Step> JudgeUnknown(Step step);

  // No transaction is open.
  void EndMessage();

 private:
  net::Task<filters::Judgement> Ask();
  net::Task<absl::Status> MakeChain();
  net::Task<filters::MilterChain::Client> ClientFacts();
  // What is known of the session and its message by now.
  net::Task<milter::Macros> Known();
  void AddTls(milter::Macros& macros) const;
  void AddMail(milter::Macros& macros) const;
  // Where mail for the sender and the recipient would go, where a filter wants
  // to know it.
  net::Task<> AddWays(milter::Macros& macros);
  net::Task<> AddWay(std::string prefix, std::string sender,
                     std::string address, milter::Macros& macros) const;
  milter::Path SenderPath() const;
  milter::Path RecipientPath() const;
  static net::Task<absl::Status> Store(const filters::FilteredMessage& message,
                                       queue::Incoming& incoming);
  void Report(const smtp::Reply& reply) const;

  Conversation& conversation_;
  std::unique_ptr<filters::MilterChain> chain_;
  bool is_in_message_ = false;
  milter::Macros sender_way_;  // Of the transaction.
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_FILTERING_H_
