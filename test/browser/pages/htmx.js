// htmx submits the form and swaps in what the server answers.
import 'htmx.org';
