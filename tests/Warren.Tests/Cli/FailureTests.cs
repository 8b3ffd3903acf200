using Warren.Amqp;
using Warren.Cli;
using Warren.Cli.Running;
using Warren.Client;

namespace Warren.Tests.Cli;

public sealed class FailureTests
{
    [Theory]
    [InlineData(RpcStatus.Unavailable, ExitCode.Unavailable)]
    [InlineData(RpcStatus.DeadlineExceeded, ExitCode.Deadline)]
    [InlineData(RpcStatus.InvalidArgument, ExitCode.InvalidArgument)]
    [InlineData(RpcStatus.Unauthenticated, ExitCode.LoginRefused)]
    [InlineData(RpcStatus.Internal, ExitCode.Fault)]
    [InlineData(RpcStatus.Unknown, ExitCode.Fault)]
    public void A_call_that_fails_has_the_exit_code_of_its_status(RpcStatus status, int exitCode)
    {
        var failure = Failure.Of(new RpcException(status, "words"));

        Assert.Equal(exitCode, failure.ExitCode);
        Assert.StartsWith($"{status}: words", failure.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_of_the_connection_differ_from_a_refused_login()
    {
        Assert.Equal(ExitCode.Network, Failure.Of(new ConnectFailedException("Cannot connect.")).ExitCode);
        Assert.Equal(ExitCode.Network, Failure.Of(new ConnectionClosedException(ReplyCode.ConnectionForced, "bye")).ExitCode);
        Assert.Equal(ExitCode.LoginRefused, Failure.Of(new AccessRefusedException(ReplyCode.AccessRefused, "no")).ExitCode);
    }

    [Fact]
    public void What_does_not_exist_is_unavailable_and_what_differs_is_refused()
    {
        Assert.Equal(ExitCode.Unavailable, Failure.Of(new ChannelClosedException(ReplyCode.NotFound, "no exchange")).ExitCode);
        Assert.Equal(ExitCode.Unavailable, Failure.Of(new MessageReturnedException(ReplyCode.NoRoute, "NO_ROUTE", "", "q")).ExitCode);
        Assert.Equal(ExitCode.RefusedByBroker, Failure.Of(new ChannelClosedException(ReplyCode.PreconditionFailed, "differs")).ExitCode);
        Assert.Equal(ExitCode.RefusedByBroker, Failure.Of(new PublishNackedException("", "q")).ExitCode);
    }

    [Fact]
    public void What_others_wrote_stays_one_line_without_control_characters()
    {
        var failure = Failure.Of(new ToolException(ExitCode.Fault, "one\r\ntwo\u001b[31m"));

        Assert.Equal("one two?[31m", failure.Line);
    }

    [Fact]
    public void Every_exit_code_means_one_thing()
    {
        Assert.Equal(ExitCode.All.Length, ExitCode.All.Select(code => code.Code).Distinct().Count());
    }
}
