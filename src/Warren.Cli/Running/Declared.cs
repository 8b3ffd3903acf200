using Warren.Amqp;
using Warren.Client;

namespace Warren.Cli.Running;

/// <summary>
/// Someone at a shell means the queue or exchange of that name, whatever properties it was declared with. So it is declared as the
/// tutorials do; and where one that differs is there already, that one is used.
/// </summary>
internal static class Declared
{
    public static Task<T> OrAsItIsAsync<T>(Queue queue, Func<Queue, Task<T>> use) => OrAsync(queue, Queue.Existing(queue.Name), use, _ => true);

    /// <summary>An exchange of another type routes otherwise: that is an error.</summary>
    public static async Task<T> OrAsItIsAsync<T>(Exchange exchange, Func<Exchange, Task<T>> use)
    {
        try
        {
            return await OrAsync(exchange, Exchange.Existing(exchange.Name), use, refusal => !refusal.Message.Contains("'type'", StringComparison.Ordinal));
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.NotFound)
        {
            throw new ToolException(ExitCode.Unavailable, $"{e.Message}. To declare it, say what it is with --type.");
        }
    }

    private static async Task<T> OrAsync<TWhat, T>(TWhat declared, TWhat existing, Func<TWhat, Task<T>> use, Func<ChannelClosedException, bool> isEqualEnough)
    {
        try
        {
            return await use(declared);
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.PreconditionFailed && isEqualEnough(e))
        {
            return await use(existing);
        }
    }
}
