// Turbo Drive takes over links and forms.
import '@hotwired/turbo';
