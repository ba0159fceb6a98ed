// The connections of one reactor to a filter that no session has.
//
// The good-bye of the last client goes with the words about the next one: at a
// busy relay that halves what is sent, and how often a filter is woken. A
// second later it goes alone. One that is kept for a minute is closed.
//
//   auto idle = std::make_shared<IdleConversations>(drain);
//   idle->Put(where, std::move(conversation));
//   std::unique_ptr<milter::Conversation> again = idle->Take(where);
//
// Threads: of one reactor; destroy it there, after Clear().

#ifndef POSTERN_MTA_FILTERS_IDLE_CONVERSATIONS_H_
#define POSTERN_MTA_FILTERS_IDLE_CONVERSATIONS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "lib/milter/conversation.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"

namespace postern::mta::filters {

class IdleConversations
    : public std::enable_shared_from_this<IdleConversations> {
 public:
  struct Limits {
    size_t to_each_address = 16;
    absl::Duration idle_time = absl::Minutes(1);
    absl::Duration good_bye_after = absl::Seconds(1);
  };

  // `drain` must outlive it: when it begins all are closed.
  IdleConversations(net::Drain& drain, Limits limits)
      : drain_(drain), limits_(limits) {}
  IdleConversations(const IdleConversations&) = delete;
  IdleConversations& operator=(const IdleConversations&) = delete;

  // Returns the one to `where` that was used last; nullptr: there is none.
  std::unique_ptr<milter::Conversation> Take(const net::Endpoint& where);
  // Keeps one whose client has ended, or closes it.
  void Put(const net::Endpoint& where,
           std::unique_ptr<milter::Conversation> conversation);

  // Closes those to addresses that are not among `all`.
  void KeepOnly(const std::vector<net::Endpoint>& all);
  void Clear() { KeepOnly({}); }

 private:
  struct Idle {
    std::unique_ptr<milter::Conversation> conversation;
    net::Deadline until;
  };
  using ByEndpoint = std::map<net::Endpoint, std::vector<Idle>>;

  // Runs while there are any. `self` is kept alive by it.
  static net::Task<> Sweep(std::shared_ptr<IdleConversations> self);
  net::Task<> SayGoodBye();

  net::Drain& drain_;
  const Limits limits_;
  ByEndpoint idle_;
  bool is_swept_ = false;  // Sweep() runs.
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_IDLE_CONVERSATIONS_H_
