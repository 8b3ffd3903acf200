using Warren.Cli;
using Warren.Cli.Running;

namespace Warren.Tests.Cli;

public sealed class ToolTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("demo")]
    [InlineData("broker")]
    [InlineData("call")]
    [InlineData("serve")]
    [InlineData("send")]
    [InlineData("receive")]
    [InlineData("publish")]
    [InlineData("subscribe")]
    [InlineData("rpc")]
    [InlineData("rpc ls")]
    [InlineData("rpc info")]
    [InlineData("rpc stats")]
    [InlineData("rpc ping")]
    [InlineData("rpc dead")]
    [InlineData("rpc dead ls")]
    [InlineData("rpc dead resend")]
    [InlineData("rpc dead drop")]
    [InlineData("doctor")]
    [InlineData("definitions")]
    [InlineData("definitions export")]
    [InlineData("definitions import")]
    [InlineData("definitions check")]
    [InlineData("definitions diff")]
    [InlineData("bench")]
    [InlineData("bench rpc")]
    [InlineData("bench publish")]
    public async Task Help_of_every_verb_has_examples_of_it(string verb)
    {
        var exitCode = await RunAsync([.. verb.Split(' '), "--help"]);

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Contains($"Examples:{Environment.NewLine}  warren {verb}", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_at_all_shows_the_help_with_every_exit_code()
    {
        var exitCode = await RunAsync();

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.All(ExitCode.All, code => Assert.Contains($"{code.Code,3}  {code.Meaning}", _out.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("call q 1 --timeout never", "--timeout is 'never'")]
    [InlineData("call q 1 --timeout 0", "--timeout is '0'")]
    [InlineData("call q", "Required argument missing")]
    [InlineData("call q 1 --colour", "'--colour'")]
    [InlineData("call /Fib {}", "'/Fib' names no method of a contract; write it as ICalculator/Fib")]
    [InlineData("call ICalculator/ {}", "'ICalculator/' names no method of a contract")]
    [InlineData("call q 1 --stream", "--stream needs a method of a contract")]
    [InlineData("call ICalculator/Series {} --stream --safe", "--stream and --safe exclude each other")]
    [InlineData("rpc ls --within soon", "--within is 'soon'")]
    [InlineData("broker --port 65536", "--port is '65536'; write a whole number from 0 to 65535")]
    [InlineData("broker --bind somewhere", "--bind is 'somewhere'")]
    [InlineData("broker --as 3.10", "--as is '3.10'; write 3.13, 4.2 or 4.3")]
    [InlineData("broker --stamp-node always", "--stamp-node is 'always'; write keep or overwrite")]
    [InlineData("broker --memory-limit plenty", "--memory-limit is 'plenty'; write a size such as 512MiB, 2GB or 50000000")]
    [InlineData("broker --tls-key key.pem", "--tls-key needs --tls-cert")]
    [InlineData("broker --tls-cert not-there.pem", "The certificate cannot be used")]
    [InlineData("broker --tls-login-from common_name", "--tls-login-from needs --tls-cert")]
    [InlineData("broker --tls-login-from surname", "surname")]
    [InlineData("broker --proxy-from 10.0.0.1", "--proxy-from needs --proxy-protocol")]
    [InlineData("broker --proxy-protocol --proxy-from balancer", "--proxy-from is 'balancer'; write an address such as 10.0.0.5 or a network such as 10.0.0.0/8")]
    [InlineData("serve q", "one of --fib, --echo or --exec")]
    [InlineData("serve q --fib --echo", "one of --fib, --echo or --exec")]
    [InlineData("serve q --fib --concurrency 0", "--concurrency must be at least 1")]
    [InlineData("publish e k b --type ring", "ring")]
    [InlineData("subscribe e --type direct", "A direct exchange needs at least one KEY")]
    [InlineData("bench rpc --in-flight 0", "--in-flight is '0'")]
    public async Task A_wrong_command_line_is_told_in_one_line_with_exit_code_2(string line, string words)
    {
        var exitCode = await RunAsync(line.Split(' '));

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.StartsWith("warren: ", OnlyLine(), StringComparison.Ordinal);
        Assert.Contains(words, OnlyLine(), StringComparison.Ordinal);
        Assert.EndsWith($"See 'warren {string.Join(' ', line.Split(' ').TakeWhile(word => word is "bench" or "rpc" or "ls" || word == line.Split(' ')[0]))} --help'.", OnlyLine(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("call q 1 --uri http://localhost", "does not start with amqp:// or amqps://")]
    [InlineData("send q hello --uri amqp://localhost:port/", "port")]
    [InlineData("broker --definitions not-there.json", "Cannot read not-there.json")]
    [InlineData("broker --port 0 --save-definitions not/there/x.json", "Cannot write not/there/x.json: its folder is not there.")]
    [InlineData("definitions check not-there.json", "Cannot read not-there.json")]
    [InlineData("broker --proxy-protocol --proxy-from ::ffff:10.0.0.0/104", "--proxy-from is '::ffff:10.0.0.0/104'")]
    [InlineData("broker --proxy-protocol --proxy-from 10", "--proxy-from is '10'")]
    [InlineData("definitions import not-there.json http://localhost:1", "Cannot read not-there.json")]
    [InlineData("definitions export localhost:15672", "'localhost:15672' is no address; write http://user:password@host:15672")]
    [InlineData("definitions export http://localhost:1 not/there/x.json", "Cannot write not/there/x.json: its folder is not there.")]
    [InlineData("bench rpc --no-server", "--no-server needs --queue")]
    [InlineData("bench publish --no-server", "--no-server needs --queue")]
    public async Task A_wrong_value_is_told_before_anything_connects(string line, string words)
    {
        var exitCode = await RunAsync(line.Split(' '));

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains(words, OnlyLine(), StringComparison.Ordinal);
    }

    private string OnlyLine() => Assert.Single(_error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));

    private Task<int> RunAsync(params string[] args) =>
        Tool.RunAsync(args, new Terminal(() => Stream.Null, _out, _error), TestContext.Current.CancellationToken);
}
