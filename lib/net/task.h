// A coroutine that yields a T. Everything that waits for the network, a timer
// or a disk is a Task; nobody outside lib/net names Asio.
//
//   net::Task<absl::Status> Greet(net::Stream& stream) {
//     const net::Deadline deadline = net::Deadline::After(absl::Seconds(5));
//     CO_RETURN_IF_ERROR(co_await stream.Write("hello\r\n", deadline));
//     co_return absl::OkStatus();
//   }
//
// A task runs on one reactor from beginning to end (runtime.h), so what it
// owns needs no locks. It starts when it is awaited by its parent or handed to
// Spawn() (drain.h); it is never detached. Coroutines are named functions:
// a capturing lambda dies before the coroutine that it started.
//
// Limits: g++ 12 miscompiles some co_await expressions inside conditional
//         expressions and initializer lists; give the result a name first.

#ifndef POSTERN_LIB_NET_TASK_H_
#define POSTERN_LIB_NET_TASK_H_

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace postern::net {

template <typename T = void>
using Task = asio::awaitable<T, asio::io_context::executor_type>;

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TASK_H_
