using System.Net.Sockets;
using Warren.Amqp;
using Warren.Cli.Running;
using Warren.Client;
using Warren.Store;

namespace Warren.Cli;

/// <summary>How a failure is told: one line that names the fault and the remedy, and the exit code of its kind.</summary>
internal readonly record struct Failure(int ExitCode, string Line)
{
    public static Failure Of(Exception failure)
    {
        var (exitCode, line) = failure switch
        {
            ToolException e => (e.ExitCode, e.Message),
            RpcException e => (CodeOf(e.Status), e.Message),
            FormatException e => (Cli.ExitCode.Usage, e.Message),
            AccessRefusedException e => (Cli.ExitCode.LoginRefused, $"{e.Message.TrimEnd('.')}. Check user, password and virtual host in --uri or WARREN_URI."),
            ConnectFailedException e => (Cli.ExitCode.Network, $"{e.Message} Start one with 'warren broker', or name another with --uri or WARREN_URI."),
            ConnectionClosedException e => (Cli.ExitCode.Network, e.Message),
            MessageReturnedException e => (Cli.ExitCode.Unavailable, e.Message),
            ChannelClosedException e => (CodeOf(e.ReplyCode), e.Message),
            AmqpException e => (Cli.ExitCode.RefusedByBroker, e.Message),
            DiskException e => (Cli.ExitCode.DiskFailed, e.Message),
            JournalException e when e.GetType() == typeof(JournalException) => (Cli.ExitCode.DiskFailed, e.Message), // Each refusal has a type of its own.
            JournalException e => (Cli.ExitCode.FolderRefused, e.Message),
            SocketException or IOException => (Cli.ExitCode.Network, failure.Message),
            TimeoutException e => (Cli.ExitCode.Deadline, e.Message),
            var e => (Cli.ExitCode.Unexpected, $"Unexpected {e.GetType().Name}: {e.Message}"),
        };
        return new Failure(exitCode, OneLine.Of(line));
    }

    // Cancelled, Unknown, Internal and the like: the handler or something beside it failed, and the status says which.
    private static int CodeOf(RpcStatus status) => status switch
    {
        RpcStatus.Unavailable => Cli.ExitCode.Unavailable,
        RpcStatus.DeadlineExceeded => Cli.ExitCode.Deadline,
        RpcStatus.InvalidArgument => Cli.ExitCode.InvalidArgument,
        RpcStatus.Unauthenticated => Cli.ExitCode.LoginRefused,
        _ => Cli.ExitCode.Fault,
    };

    private static int CodeOf(ReplyCode replyCode) => replyCode == ReplyCode.NotFound ? Cli.ExitCode.Unavailable : Cli.ExitCode.RefusedByBroker;
}
