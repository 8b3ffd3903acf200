using System.Globalization;

namespace Warren.Cli.Running;

/// <summary>The tutorials' function.</summary>
internal static class Fibonacci
{
    private const int Most = 92; // fib(93) is beyond 64 bits.

    public static Task<Payload> HandleAsync(Request request, CancellationToken cancellationToken) =>
        int.TryParse(request.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
            ? Task.FromResult<Payload>(Of(n))
            : throw new RpcException(RpcStatus.InvalidArgument, $"'{OneLine.Of(request.Text)}' is not a whole number");

    public static long Of(int n)
    {
        if (n is < 0 or > Most)
            throw new RpcException(RpcStatus.InvalidArgument, $"{n} is out of range; send a number from 0 to {Most}");
        var (a, b) = (0L, 1L);
        for (; n > 0; n--)
            (a, b) = (b, unchecked(a + b));
        return a;
    }
}
