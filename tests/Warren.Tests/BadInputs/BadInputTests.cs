namespace Warren.Tests.BadInputs;

/// <summary>
/// What a hostile or broken client may send, and what it gets: every row of the tables, sent whole and octet by octet. After each: the answer is the expected
/// one and its texts are UTF-8 of at most 255 octets; somebody else publishes and consumes as before; nothing critical was logged, and no line holds a control
/// character or a secret; what was allocated is bounded by what was sent, and when the connection has gone the broker holds as much as before.
/// </summary>
public sealed class BadInputTests
{
    private static readonly Dictionary<string, BadInput> s_rows =
        new[] { HandshakeRows.All, FrameRows.All, TableRows.All, ContentRows.All, MethodRows.All }.SelectMany(rows => rows).ToDictionary(row => row.Key);

    public static TheoryData<string, Sending> Rows
    {
        get
        {
            var rows = new TheoryData<string, Sending>();
            foreach (var key in s_rows.Keys)
            {
                rows.Add(key, Sending.Whole);
                rows.Add(key, Sending.OctetByOctet);
            }
            return rows;
        }
    }

    internal static IEnumerable<BadInput> OnSockets => s_rows.Values.Where(row => row.OnSockets);

    internal static BadInput Find(string key) => s_rows[key];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Bad_input(string row, Sending sending) => new BadInputRun(s_rows[row], sending).Play();
}
