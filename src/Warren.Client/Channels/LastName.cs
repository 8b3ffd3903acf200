using Warren.Amqp;

namespace Warren.Client;

/// <summary>The exchange's name that a channel met last, as text and as octets: a channel mostly publishes to one, and is delivered from one.</summary>
internal sealed class LastName
{
    private Name _name = new("", default);

    public ShortString Encode(string exchange)
    {
        var known = Volatile.Read(ref _name);
        if (known.Text == exchange)
            return known.Octets;
        known = new Name(exchange, exchange);
        Volatile.Write(ref _name, known);
        return known.Octets;
    }

    public string Decode(ShortString exchange)
    {
        var known = Volatile.Read(ref _name);
        if (known.Octets == exchange)
            return known.Text;
        known = new Name(exchange.ToString(), exchange.ToOwned());
        Volatile.Write(ref _name, known);
        return known.Text;
    }

    private sealed record Name(string Text, ShortString Octets);
}
